"""The correction `pad_frames`: a margin around frames."""
