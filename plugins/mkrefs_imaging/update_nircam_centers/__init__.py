"""The correction `update_nircam_centers`: reference pixels at the measured centres of NIRCam's masks."""
