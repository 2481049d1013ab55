"""How far a frame lies from another: to whole pixels by cross-correlation, then by least squares."""

import numpy as np
from numpy.typing import NDArray

from mkrefs_imaging.registration.correlation import coarse_offset
from mkrefs_imaging.registration.filling import fill_bad
from mkrefs_imaging.registration.fitting import FitSettings, Offset, Plane, fit_offset
from mkrefs_imaging.registration.spikes import without_spikes


def raised(plane: Plane, power: float) -> Plane:
    """Give absolute values to a power; the plane itself for 1."""
    if power == 1:
        return plane
    values = np.where(plane.bad, 0.0, plane.data)
    return Plane(np.abs(values) ** power, plane.bad)


def field_about(middle: tuple[float, float], width: int, shape: tuple[int, ...]) -> tuple[slice, slice]:
    """Give rows and columns of a square field, moved so that it lies within the frame.

    Parameters
    ----------
    middle : (float, float)
        Its middle: x, y.
    width : int
        Pixels along each axis; a frame that is smaller is taken whole.
    shape : (int, int)
        Rows and columns of the frame.

    Returns
    -------
    (slice, slice)
    """
    return _stretch(middle[1], width, shape[0]), _stretch(middle[0], width, shape[1])


def _stretch(middle: float, width: int, length: int) -> slice:
    start = int(np.clip(round(middle) - width // 2, 0, max(length - width, 0)))
    return slice(start, min(start + width, length))


def within(plane: Plane, field: tuple[slice, slice]) -> Plane:
    """Cut a field out of a frame."""
    return Plane(plane.data[field], plane.bad[field])


def compare_frames(
    frame: Plane,
    reference: Plane,
    *,
    weights: NDArray[np.float64] | None = None,
    max_shift: float,
    scale: float = 1.0,
    settings: FitSettings,
) -> Offset:
    """Find how far a frame is displaced from another.

    Parameters
    ----------
    frame, reference : Plane
        Of one shape.
    weights : ndarray of float64, same shape, or None
        How much pixels of the frame count.
    max_shift : float
        Longest displacement that is looked for, pixels.
    scale : float
        Brightness of the frame, in units of that of the reference, to begin with.
    settings : FitSettings
        How the fit is done.

    Returns
    -------
    Offset
        What the reference has at (x, y), the frame has at (x + offset.x, y + offset.y).
    """
    frame, reference = without_spikes(frame), without_spikes(reference)
    usable = ~frame.bad if weights is None else ~frame.bad & (weights > 0)
    if not usable.any() or reference.bad.all():
        return Offset(0.0, 0.0, problem="it has no pixel that can be compared")
    start = coarse_offset(
        fill_bad(frame.data, frame.bad),
        usable,
        fill_bad(reference.data, reference.bad),
        limit=max_shift + 1,
    )
    found = fit_offset(frame, reference, weights=weights, start=start, scale=scale, settings=settings)
    if not found.problem and np.hypot(found.x, found.y) > max_shift:
        return Offset(found.x, found.y, problem=f"it lies more than {max_shift:g} pixels away")
    return found
