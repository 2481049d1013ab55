"""The median of dedicated background exposures and its subtraction."""
