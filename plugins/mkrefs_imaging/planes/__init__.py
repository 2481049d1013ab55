"""The arrays of an image as planes: one for an image, one for each integration of a cube."""
