"""Where a star is in a frame, by a model of its image; pure, on arrays."""

import numpy as np
from numpy.typing import NDArray

from mkrefs_imaging.registration.correlation import coarse_offset
from mkrefs_imaging.registration.filling import fill_bad
from mkrefs_imaging.registration.fitting import FitSettings, Offset, Plane, fit_offset
from mkrefs_imaging.registration.spikes import without_spikes

_CUTS = 3  # times that the field is put about the star anew
_MIDDLE = 0.6  # pixels from the middle of the field at which it is well placed


def locate_star(
    frame: Plane,
    model: NDArray[np.float64],
    expected: tuple[float, float],
    *,
    max_shift: float,
    settings: FitSettings,
) -> Offset:
    """Find a star by cross-correlation with a model, and then by least squares.

    Parameters
    ----------
    frame : Plane
        The frame.
    model : ndarray of float64, shape (height, width)
        The star in the middle, ((width - 1) / 2, (height - 1) / 2); finite.
    expected : (float, float)
        Where about it is: x, y, the first pixel is (0, 0).
    max_shift : float
        How far from there it is looked for, pixels.
    settings : FitSettings
        How it is fitted.

    Returns
    -------
    Offset
        With the place of the star as x and y.
    """
    middle = (model.shape[1] - 1) / 2, (model.shape[0] - 1) / 2
    reach = int(np.ceil(max_shift)) + 1
    corner = round(expected[0] - middle[0]) - reach, round(expected[1] - middle[1]) - reach
    frame = without_spikes(frame)
    wide = _cut(frame, corner, (model.shape[0] + 2 * reach, model.shape[1] + 2 * reach))
    if wide.bad.all():
        return Offset(*expected, problem="there is no pixel about where it should be")
    lag = coarse_offset(
        fill_bad(wide.data, wide.bad), ~wide.bad, model, start=(reach, reach), limit=max_shift + 1
    )
    corner = corner[0] + lag[0], corner[1] + lag[1]
    nothing = np.zeros(model.shape, dtype=bool)
    for _ in range(_CUTS):
        field = _cut(frame, corner, model.shape)
        found = fit_offset(field, Plane(model, nothing), settings=settings)
        if found.problem or max(abs(found.x), abs(found.y)) <= _MIDDLE:
            break
        corner = corner[0] + round(found.x), corner[1] + round(found.y)
    x, y = corner[0] + middle[0] + found.x, corner[1] + middle[1] + found.y
    problem = found.problem
    if not problem and np.hypot(x - expected[0], y - expected[1]) > max_shift:
        problem = f"it seems to be more than {max_shift:g} pixels from where it should be"
    return Offset(x, y, found.error_x, found.error_y, found.scale, found.level, problem)


def _cut(frame: Plane, corner: tuple[int, int], shape: tuple[int, ...]) -> Plane:
    """Cut a field out of a frame; what lies beyond it is bad."""
    data, bad = np.zeros(shape), np.ones(shape, dtype=bool)
    rows, columns = frame.data.shape
    x, y = corner
    x_low, x_high = np.clip([x, x + shape[1]], 0, columns)
    y_low, y_high = np.clip([y, y + shape[0]], 0, rows)
    there = slice(y_low - y, y_high - y), slice(x_low - x, x_high - x)
    if y_high > y_low and x_high > x_low:
        data[there] = frame.data[y_low:y_high, x_low:x_high]
        bad[there] = frame.bad[y_low:y_high, x_low:x_high]
    return Plane(data, bad)


def high_pass(image: NDArray[np.float64], width: float) -> NDArray[np.float64]:
    """Take off what varies slowly: a Gaussian filter in the Fourier domain that passes ``width`` (FWHM).

    Parameters
    ----------
    image : ndarray of float64
        Finite.
    width : float
        In pixels.

    Returns
    -------
    ndarray of float64
    """
    from scipy import ndimage

    sigma = width * np.sqrt(2 * np.log(2)) / np.pi
    return np.asarray(image - ndimage.gaussian_filter(image, sigma, mode="nearest"))
