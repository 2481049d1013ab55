"""Pixels of positions on the sky, found by the way from pixels to the sky alone; no files."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mkrefs.contract.calibrated_image import Positions

ToSky = Callable[[NDArray[np.float64], NDArray[np.float64]], Positions]

#: Points along each axis on which the mean scale and rotation are measured.
_GRID = 5
_MOST_STEPS = 40
#: A position is found when the last step was shorter, pixels; the iteration ends when all are. Rounding of
#: the right ascension alone makes steps of some 1e-9, so that less is never reached.
_FOUND, _ENOUGH = 1e-4, 1e-7


@dataclass(frozen=True, slots=True)
class MeanScale:
    """The linear part of the way from the pixels of an array to the tangent plane of its centre.

    Attributes
    ----------
    centre : (float, float)
        Position on the sky of the middle of the array, degrees.
    origin : ndarray, shape (2,)
        The pixel whose place on the plane is zero.
    to_pixels : ndarray, shape (2, 2)
        From degrees on the plane to pixels.
    """

    centre: tuple[float, float]
    origin: NDArray[np.float64]
    to_pixels: NDArray[np.float64]


def mean_scale(to_sky: ToSky, shape: tuple[int, ...]) -> MeanScale:
    """Measure the linear part of a way to the sky.

    Parameters
    ----------
    to_sky : callable
        Takes pixels x and y, gives right ascension and declination, degrees.
    shape : tuple of int
        Shape of the array; the last two axes are rows and columns.

    Returns
    -------
    MeanScale
    """
    rows, columns = (np.linspace(0.0, max(size - 1, 1), _GRID) for size in shape[-2:])
    x, y = (axis.ravel() for axis in np.meshgrid(columns, rows))
    middle = (np.array([x.mean()]), np.array([y.mean()]))
    ra, dec = to_sky(*middle)
    centre = (float(ra[0]), float(dec[0]))
    plane = np.stack(tangent_plane(*to_sky(x, y), centre))
    terms = np.stack([x - middle[0], y - middle[1], np.ones_like(x)], axis=1)
    fitted = np.linalg.lstsq(terms, plane.T, rcond=None)[0]
    to_pixels = np.linalg.inv(fitted[:2].T)
    return MeanScale(centre, np.array([middle[0][0], middle[1][0]]) - to_pixels @ fitted[2], to_pixels)


def pixels_at(
    to_sky: ToSky, scale: MeanScale, ra: ArrayLike, dec: ArrayLike, start: Positions | None = None
) -> Positions:
    """Find the pixels of positions on the sky by iteration: distortion is taken off step by step.

    Parameters
    ----------
    to_sky : callable
        Takes pixels x and y, gives right ascension and declination, degrees.
    scale : MeanScale
        Its linear part.
    ra, dec : array_like
        Positions, degrees.
    start : (ndarray, ndarray), optional
        What another way gives for the pixels; it is kept where the iteration does not come to an end.

    Returns
    -------
    (ndarray, ndarray)
        Pixels x and y; NaN where they are not found, as for the other half of the sky.
    """
    wanted = np.stack(tangent_plane(ra, dec, scale.centre))
    linear = np.tensordot(scale.to_pixels, wanted, 1)
    first = linear + scale.origin.reshape(2, *(1,) * (linear.ndim - 1))
    if start is not None:
        first = np.where(np.isfinite(start), start, first)
    pixels = first.copy()
    step = np.full(pixels.shape[1:], np.inf)
    with np.errstate(all="ignore"):  # far from the array a distortion may overflow
        for _ in range(_MOST_STEPS):
            found = np.stack(tangent_plane(*to_sky(pixels[0], pixels[1]), scale.centre))
            change = np.tensordot(scale.to_pixels, wanted - found, 1)
            pixels += change
            step = np.hypot(*change)
            if not (step > _ENOUGH).any():
                break
    lost = np.nan if start is None else np.stack(start)
    x, y = np.where(step < _FOUND, pixels, lost)
    return x, y


def tangent_plane(ra: ArrayLike, dec: ArrayLike, centre: tuple[float, float]) -> Positions:
    """Project positions on the sky, degrees, on the plane that touches it at ``centre``.

    Returns
    -------
    (ndarray, ndarray)
        Degrees towards east and north; NaN for what lies 90 degrees or more away.
    """
    away = np.deg2rad(np.asarray(ra, dtype=np.float64) - centre[0])
    north_of, dec0 = np.deg2rad(np.asarray(dec, dtype=np.float64)), np.deg2rad(centre[1])
    sin, cos = np.sin(north_of), np.cos(north_of)
    depth = np.sin(dec0) * sin + np.cos(dec0) * cos * np.cos(away)
    depth = np.where(depth > 0, depth, np.nan)
    north = (np.sin(north_of - dec0) + 2 * np.sin(dec0) * cos * np.sin(away / 2) ** 2) / depth
    return np.rad2deg(cos * np.sin(away) / depth), np.rad2deg(north)
