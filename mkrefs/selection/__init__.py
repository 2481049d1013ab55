"""Which of one's own reference files calibrate which exposures: chosen by CRDS, kept, bound to jobs."""
