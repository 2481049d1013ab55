"""The flat field of a detector from images of the sky: parameters, creator, and the algorithm on arrays.

Importing the package loads neither numba nor scipy; the first measurement does.
"""
