"""Levels, or planes, of overlapping images brought together: parameters, correction, and the algorithm.

Importing the package loads neither numba nor scipy; the first match does.
"""
