"""Bad pixel masks: searches in flats and in darks, and the mask that both become."""
