"""Finding and undoing offsets between frames; what a label makes of it is in the folder of that label."""
