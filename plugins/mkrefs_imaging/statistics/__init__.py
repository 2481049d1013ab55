"""Clipped statistics that leave NaN aside, compiled."""
