"""The correction `align_frames`: all frames of a group brought onto the first."""
