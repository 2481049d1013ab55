"""Frames of an image, and the image with its frames moved."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import CalibratedImage
from mkrefs_imaging.registration.fitting import Plane
from mkrefs_imaging.registration.moving import (
    MoveSettings,
    bad_pixels,
    move_data,
    move_flags,
    move_variance,
)

Shift = tuple[float, float]

_VARIANCES = ("var_poisson", "var_rnoise", "var_flat")


def frame_count(image: CalibratedImage) -> int:
    """Give the number of integrations; 1 for an image of a whole exposure."""
    return image.shape[0] if len(image.shape) == 3 else 1


def read_frame(image: CalibratedImage, index: int) -> Plane:
    """Give one integration, with what is no data in it."""
    data = _plane(image.array("data"), index)
    dq = _plane(image.array("dq"), index) if "dq" in image.arrays else None
    return Plane(data.astype(np.float64), bad_pixels(data, dq))


def mean_shift(shifts: Sequence[Shift]) -> Shift:
    """Give the median of the shifts of the frames of an image, which its WCS goes by."""
    if not shifts:
        return (0.0, 0.0)
    x, y = np.median(np.asarray(shifts), axis=0)
    return float(x), float(y)


def move_frames(
    image: CalibratedImage, shifts: Sequence[Shift], settings: MoveSettings
) -> Mapping[str, NDArray[Any]]:
    """Give the arrays of an image with its frames moved.

    Parameters
    ----------
    image : CalibratedImage
        An image, or a cube.
    shifts : sequence of (float, float)
        One for each frame.
    settings : MoveSettings
        How.

    Returns
    -------
    mapping of str to ndarray
        The arrays that change; none if no frame moves.
    """
    if not any(part for shift in shifts for part in shift):
        return {}
    names = [name for name in ("err", "dq", *_VARIANCES) if name in image.arrays]
    single = [name for name in names if image.array(name).ndim < len(image.shape)]
    moved = {name: image.array(name).copy() for name in ("data", *names) if name not in single}
    for index, shift in enumerate(shifts):
        if any(shift):
            _move_frame(image, moved, index, shift, settings)
    return moved | {name: _move_single(image.array(name), name, shifts, settings) for name in single}


def _move_frame(
    image: CalibratedImage,
    moved: Mapping[str, NDArray[Any]],
    index: int,
    shift: Shift,
    settings: MoveSettings,
) -> None:
    """Write one moved frame into the copies of the arrays."""
    frame = read_frame(image, index)
    data, moved_bad = move_data(frame.data, frame.bad, shift, settings)
    for name, array in moved.items():
        here = _plane(array, index)
        if name == "data":
            here[...] = data
        elif name == "dq":
            here[...] = move_flags(here, moved_bad, shift, settings.bad_share)
        else:
            here[...] = _move_errors(here, name, frame.bad, moved_bad, shift)


def _move_errors(
    array: NDArray[Any],
    name: str,
    bad: NDArray[np.bool_],
    moved_bad: NDArray[np.bool_],
    shift: Shift,
) -> NDArray[np.float64]:
    """Move errors by their squares, variances as they are."""
    variance = array.astype(np.float64) ** (2 if name == "err" else 1)
    moved = move_variance(variance, bad, moved_bad, shift)
    return np.sqrt(moved) if name == "err" else moved


def _move_single(
    array: NDArray[Any], name: str, shifts: Sequence[Shift], settings: MoveSettings
) -> NDArray[Any]:
    """Move an array that all frames share: errors by the median shift, flags by each."""
    if name == "dq":
        planes = [move_flags(array, None, shift, settings.bad_share) for shift in shifts]
        return np.asarray(np.bitwise_or.reduce(planes))
    nothing = np.zeros(array.shape, dtype=bool)
    return _move_errors(array, name, nothing, nothing, mean_shift(shifts)).astype(array.dtype)


def _plane(array: NDArray[Any], index: int) -> NDArray[Any]:
    return np.asarray(array[index] if array.ndim == 3 else array)
