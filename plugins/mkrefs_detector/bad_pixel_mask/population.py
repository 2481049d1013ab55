"""The report of a mask: how many pixels each flag has, and what changed against the mask in use."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mkrefs.api import PIXEL_DQ
from mkrefs_detector.bad_pixel_mask.search import DO_NOT_USE, BoolMap, DqMap


@dataclass(frozen=True, slots=True)
class Population:
    """The pixels of one flag.

    Attributes
    ----------
    count : int
        Pixels that have it.
    kept, new, lost : int
        Of them, those that have it in the mask in use, and those that do not; and those that have it there
        alone.
    """

    count: int
    kept: int
    new: int
    lost: int


def count_population(pixels: BoolMap, before: BoolMap) -> Population:
    """Compare the pixels of a flag with those of the mask in use."""
    kept = int(np.count_nonzero(pixels & before))
    count, had = int(np.count_nonzero(pixels)), int(np.count_nonzero(before))
    return Population(count, kept, count - kept, had - kept)


def report_population(flags: Mapping[str, BoolMap], light: BoolMap, in_use: DqMap | None) -> tuple[str, ...]:
    """Report on every flag of a mask.

    Parameters
    ----------
    flags : mapping of str to ndarray of bool, shape (nrows, ncols)
        Pixels by mnemonic.
    light : ndarray of bool, same shape
        Light-sensitive pixels; flags and shares are of them, those of REFERENCE_PIXEL of all.
    in_use : ndarray of uint32, same shape, or None
        Flags of the mask in use.

    Returns
    -------
    tuple of str
        A line for each flag.
    """
    total = max(int(np.count_nonzero(light)), 1)
    lines = []
    for name, pixels in flags.items():
        counted = np.ones_like(light) if name == "REFERENCE_PIXEL" else light
        here = pixels & counted
        count = int(np.count_nonzero(here))
        share = "" if name == "REFERENCE_PIXEL" else f" ({count / total:.3%})"
        lines.append(f"{name}: {count} pixels{share}{_change(name, here, counted, in_use)}.")
    return tuple(lines)


def _change(name: str, here: BoolMap, counted: BoolMap, in_use: DqMap | None) -> str:
    if in_use is None:
        return ""
    before = ((in_use & np.uint32(PIXEL_DQ[name])) != 0) & counted
    source = "the reference files in use" if name == DO_NOT_USE else "the mask in use"
    if not before.any():
        return f"; {source} had none"
    found = count_population(here, before)
    return f"; of those of {source} {found.kept} kept, {found.lost} lost, {found.new} are new"
