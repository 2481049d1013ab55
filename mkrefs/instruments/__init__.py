"""Facts about the instruments as data: detectors, subarrays, exposure types, DQ bits, reference types.

Nothing in here reads a file or computes a pixel.
"""
