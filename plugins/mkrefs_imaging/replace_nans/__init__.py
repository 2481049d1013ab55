"""Replaces NaNs by a constant."""
