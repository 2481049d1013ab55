"""The median level of each frame and its subtraction."""
