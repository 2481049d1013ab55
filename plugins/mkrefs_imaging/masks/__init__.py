"""Masks of what an image shows: sources, found by a threshold and grown."""

from mkrefs_imaging.masks.sources import clipped_level, source_mask

__all__ = ["clipped_level", "source_mask"]
