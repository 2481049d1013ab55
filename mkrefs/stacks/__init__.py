"""Statistics of stacks of images and of the groups of ramps: compiled, in threads, with no copy of a stack.

Pure functions of arrays along their first axis, for the engine and for plugins. Nothing here reads a file or
knows of flags by name. Importing this room loads neither numba nor astropy.
"""

from mkrefs.stacks.clipping import ClippedStack, clip_stack
from mkrefs.stacks.groups import first_flagged, group_differences, usable_groups
from mkrefs.stacks.threads import in_row_blocks, side_by_side, threads_given
from mkrefs.stacks.weighting import WeightedStack, weighted_stack

__all__ = [
    "ClippedStack",
    "WeightedStack",
    "clip_stack",
    "first_flagged",
    "group_differences",
    "in_row_blocks",
    "side_by_side",
    "threads_given",
    "usable_groups",
    "weighted_stack",
]
