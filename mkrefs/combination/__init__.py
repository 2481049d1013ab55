"""Carries out a combination job: the individual reference files of one mode become the final file."""
