"""The correction `recenter_frames`: the star behind the mask brought to the centre of the array."""
