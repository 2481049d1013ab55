"""Shifts of a complete image by fractions of a pixel; gaps, errors and flags are not dealt with here."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

#: How an image is interpolated.
ShiftMethod = Literal["fourier", "spline"]

#: What `scipy.ndimage.shift` may be told.
SPLINE_OPTIONS = frozenset({"order", "mode", "cval", "prefilter"})

_NONE: Mapping[str, Any] = MappingProxyType({})


def shift_image(
    image: NDArray[np.float64],
    shift: tuple[float, float],
    method: ShiftMethod = "fourier",
    options: Mapping[str, Any] = _NONE,
) -> NDArray[np.float64]:
    """Shift an image: what was at (x, y) is at (x + shift[0], y + shift[1]).

    Whole pixels are copied, whatever the method. Beyond the edges the image is taken to be mirrored.

    Parameters
    ----------
    image : ndarray of float64, shape (nrows, ncols)
        Finite everywhere.
    shift : (float, float)
        Along x and y, pixels.
    method : {'fourier', 'spline'}
        Phases of the Fourier transform, which keeps the noise of every pixel, or `scipy.ndimage.shift`.
    options : mapping of str to object
        Keyword arguments of `scipy.ndimage.shift`.

    Returns
    -------
    ndarray of float64, same shape
    """
    if method == "spline" and _is_fraction(shift):
        from scipy import ndimage

        given = {"mode": "mirror", **options}
        return np.asarray(ndimage.shift(image, (shift[1], shift[0]), output=np.float64, **given))
    return _shift_axis(_shift_axis(image, shift[0], 1), shift[1], 0)


def _is_fraction(shift: tuple[float, float]) -> bool:
    return any(not float(part).is_integer() for part in shift)


def _shift_axis(image: NDArray[np.float64], distance: float, axis: int) -> NDArray[np.float64]:
    """Shift along an axis: the fraction by phases, then the rest, of the image with its mirror image."""
    length = image.shape[axis]
    whole = round(distance)
    mirrored = np.concatenate([image, np.flip(image, axis)], axis)
    if distance != whole:
        phases = np.exp(-2j * np.pi * (distance - whole) * np.fft.rfftfreq(2 * length))
        transform = np.fft.rfft(mirrored, axis=axis)
        transform *= phases if axis == 1 else phases[:, np.newaxis]
        mirrored = np.fft.irfft(transform, 2 * length, axis=axis)
    rolled = np.roll(mirrored, whole, axis)
    return np.ascontiguousarray(rolled[:, :length] if axis == 1 else rolled[:length])
