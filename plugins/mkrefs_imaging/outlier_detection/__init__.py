"""Outlier detection: the step of the jwst package as a correction, and a guard over the cores of sources.

Importing the package loads neither jwst nor scipy; the first correction does.
"""
