"""Moving the pixels of a plane with their errors and flags: nothing bad smears or is filled unseen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import PIXEL_DQ
from mkrefs_imaging.registration.filling import fill_bad
from mkrefs_imaging.registration.shifting import ShiftMethod, shift_image

DO_NOT_USE = PIXEL_DQ["DO_NOT_USE"]

# Shares are sums of products, right to a few of the last digits.
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class MoveSettings:
    """How frames are moved.

    Attributes
    ----------
    method : {'fourier', 'spline'}
        How the science array is interpolated.
    options : mapping of str to object
        Keyword arguments of `scipy.ndimage.shift`, for splines.
    bad_share : float
        A pixel is bad after the move if bad pixels, and what lies beyond the edges, cover more than this
        share of it; flags go to the pixels of which theirs covers more.
    """

    method: ShiftMethod = "fourier"
    options: Mapping[str, Any] = field(default_factory=dict)
    bad_share: float = 0.1


def bad_pixels(data: NDArray[np.floating], dq: NDArray[np.uint32] | None) -> NDArray[np.bool_]:
    """Tell which pixels are no data: those that are not finite or flagged DO_NOT_USE."""
    bad = ~np.isfinite(data)
    return np.asarray(bad if dq is None else bad | (dq & DO_NOT_USE != 0))


def covered(
    bad: NDArray[np.bool_], shift: tuple[float, float], bad_share: float
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Tell which pixels are no data after a move, and which of them because they lie beyond the edges.

    Parameters
    ----------
    bad : ndarray of bool, shape (nrows, ncols)
        Pixels that are no data.
    shift : (float, float)
        What was at (x, y) goes to (x + shift[0], y + shift[1]).
    bad_share : float
        As for `MoveSettings`.

    Returns
    -------
    moved_bad, beyond : ndarray of bool, same shape
    """
    inside = np.zeros(bad.shape)
    share_bad = np.zeros(bad.shape)
    for share, there, here in _overlaps(bad.shape, shift):
        inside[there] += share
        share_bad[there] += share * bad[here]
    limit = bad_share + _ROUNDING
    return 1 - inside + share_bad > limit, 1 - inside > limit


def move_data(
    data: NDArray[np.floating], bad: NDArray[np.bool_], shift: tuple[float, float], settings: MoveSettings
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Move a plane of the science array.

    Parameters
    ----------
    data : ndarray, shape (nrows, ncols)
        Values.
    bad : ndarray of bool, same shape
        Pixels that are no data.
    shift : (float, float)
        As for `covered`.
    settings : MoveSettings
        How.

    Returns
    -------
    moved : ndarray of float64, same shape
        NaN where ``moved_bad``, except beyond edges that the options say how to fill.
    moved_bad : ndarray of bool, same shape
        Pixels that are no data after the move.
    """
    moved = shift_image(fill_bad(data, bad), shift, settings.method, settings.options)
    moved_bad, beyond = covered(bad, shift, settings.bad_share)
    told = settings.method == "spline" and {"mode", "cval"} & set(settings.options)
    moved[moved_bad & ~beyond if told else moved_bad] = np.nan
    return moved, moved_bad


def move_variance(
    variance: NDArray[np.floating],
    bad: NDArray[np.bool_],
    moved_bad: NDArray[np.bool_],
    shift: tuple[float, float],
) -> NDArray[np.float64]:
    """Move variances: the mean, by area, of the pixels that cover a pixel after the move; the bad count not.

    Parameters
    ----------
    variance : ndarray, shape (nrows, ncols)
        Squares of errors.
    bad, moved_bad : ndarray of bool, same shape
        Pixels that are no data, before and after the move.
    shift : (float, float)
        As for `move_data`.

    Returns
    -------
    ndarray of float64, same shape
        NaN where nothing is known.
    """
    known = ~bad & np.isfinite(variance)
    total = np.zeros(variance.shape)
    weight = np.zeros(variance.shape)
    for share, there, here in _overlaps(variance.shape, shift):
        total[there] += share * np.where(known[here], variance[here], 0.0)
        weight[there] += share * known[here]
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(moved_bad | (weight <= 0), np.nan, total / weight)


def move_flags(
    dq: NDArray[np.uint32], moved_bad: NDArray[np.bool_] | None, shift: tuple[float, float], bad_share: float
) -> NDArray[np.uint32]:
    """Move flags to every pixel of which theirs covers more than a share.

    Parameters
    ----------
    dq : ndarray of uint32, shape (nrows, ncols)
        Flags.
    moved_bad : ndarray of bool, same shape, or None
        The pixels to flag DO_NOT_USE, and no others; None moves that flag as it does all others.
    shift : (float, float)
        As for `move_data`.
    bad_share : float
        The share.

    Returns
    -------
    ndarray of uint32, same shape
    """
    moved = np.zeros_like(dq)
    for share, there, here in _overlaps(dq.shape, shift):
        if share > bad_share:
            moved[there] |= dq[here]
    if moved_bad is None:
        return moved
    return np.where(moved_bad, moved | DO_NOT_USE, moved & ~np.uint32(DO_NOT_USE)).astype(np.uint32)


_Region = tuple[slice, slice]


def _overlaps(shape: tuple[int, ...], shift: tuple[float, float]) -> list[tuple[float, _Region, _Region]]:
    """Give the up to four whole moves that a shift is made of: share, pixels after, pixels before."""
    found = []
    for x_share, x_whole in _parts(shift[0]):
        for y_share, y_whole in _parts(shift[1]):
            after_y, before_y = _slices(shape[-2], y_whole)
            after_x, before_x = _slices(shape[-1], x_whole)
            found.append((x_share * y_share, (after_y, after_x), (before_y, before_x)))
    return found


def _parts(distance: float) -> tuple[tuple[float, int], ...]:
    whole = int(np.floor(distance))
    fraction = distance - whole
    return ((1 - fraction, whole), (fraction, whole + 1)) if fraction else ((1.0, whole),)


def _slices(length: int, whole: int) -> tuple[slice, slice]:
    """Give the pixels that a move by whole pixels goes to, and comes from."""
    whole = int(np.clip(whole, -length, length))
    return slice(max(whole, 0), length + min(whole, 0)), slice(max(-whole, 0), length - max(whole, 0))
