"""Masks of what an image shows: sources, found by a threshold and grown."""

from mkrefs_imaging.masks.sources import MOST_VALUES, clipped_level, groups_beyond, source_mask

__all__ = ["MOST_VALUES", "clipped_level", "groups_beyond", "source_mask"]
