"""The search for bad pixels in flats: DEAD, LOW_QE, OPEN and ADJ_OPEN."""
