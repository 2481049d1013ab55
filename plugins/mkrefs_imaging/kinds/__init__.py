"""What an image of a coronagraphic programme is for: science, reference, background or acquisition."""
