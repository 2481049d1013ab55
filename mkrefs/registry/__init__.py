"""Finds the installed plugins and what they offer, through one door for all."""
