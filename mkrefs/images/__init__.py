"""Calibrated images in FITS files: arrays, header facts, ways to the sky, and writing corrected ones.

What is corrected, and how, is no business of this room.
"""
