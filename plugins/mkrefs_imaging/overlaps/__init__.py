"""Where two images show the same sky: pixel maps, resampling, and differences of overlaps."""
