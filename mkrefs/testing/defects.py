"""Where the bad pixels of a simulated detector lie.

What they do is in `mkrefs.testing.truth` and `mkrefs.testing.ramps`.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mkrefs.instruments.detectors import Detector
from mkrefs.instruments.subarrays import Subarray
from mkrefs.testing.levels import Levels
from mkrefs.testing.random_fields import uniform_field

#: Kinds of bad pixels; one pixel has at most one of them.
KINDS = (
    *("hot", "warm", "dead", "low_qe", "open", "rc", "telegraph", "noisy"),
    *("inverse_rc", "low_pedestal"),
)


def defect_maps(
    seed: int, detector: Detector, window: Subarray, levels: Levels, active: NDArray[np.bool_]
) -> Mapping[str, NDArray[np.bool_]]:
    """Map the bad pixels of a window by kind.

    Parameters
    ----------
    seed : int
        Seed of the detector.
    detector : Detector
        The detector.
    window : Subarray
        The pixels wanted.
    levels : Levels
        The share of each kind.
    active : ndarray of bool, shape (ysize, xsize)
        True where a pixel is none of the reference pixels.

    Returns
    -------
    mapping of str to ndarray of bool, shape (ysize, xsize)
        The kinds of `KINDS`, which exclude each other, and ``adjacent_open``.
    """
    wide, inner = _with_margin(detector, window)
    draw = uniform_field(seed, "defects", detector, wide)
    maps: dict[str, NDArray[np.bool_]] = {}
    low = 0.0
    for kind in KINDS:
        high = low + float(getattr(levels, f"{kind}_fraction"))
        maps[kind] = (draw >= low) & (draw < high)
        low = high
    neighbours = _neighbours(maps["open"])[inner]
    cut = {kind: flags[inner] & active for kind, flags in maps.items()}
    cut["adjacent_open"] = neighbours & active & ~np.logical_or.reduce(list(cut.values()))
    return cut


def _with_margin(detector: Detector, window: Subarray) -> tuple[Subarray, tuple[slice, slice]]:
    """Widen a window by one pixel where the detector goes on, and tell where the window lies in it."""
    left, bottom = min(1, window.xstart - 1), min(1, window.ystart - 1)
    right = min(1, detector.columns - (window.xstart + window.xsize - 1))
    top = min(1, detector.rows - (window.ystart + window.ysize - 1))
    wide = replace(
        window,
        xstart=window.xstart - left,
        ystart=window.ystart - bottom,
        xsize=window.xsize + left + right,
        ysize=window.ysize + bottom + top,
    )
    return wide, (slice(bottom, bottom + window.ysize), slice(left, left + window.xsize))


def _neighbours(flags: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Mark the four neighbours of each marked pixel."""
    marked = np.zeros_like(flags)
    marked[1:] |= flags[:-1]
    marked[:-1] |= flags[1:]
    marked[:, 1:] |= flags[:, :-1]
    marked[:, :-1] |= flags[:, 1:]
    return marked
