"""Grouping: the exposures of the catalog become the input sets of individual reference files.

Knows nothing of files, headers or configuration.
"""

from mkrefs.grouping.group import group_exposures
from mkrefs.grouping.values import Grouping, InputSet, LeftOut

__all__ = ["Grouping", "InputSet", "LeftOut", "group_exposures"]
