"""A way to the sky followed by polynomials, where these are found to be as good as the way itself.

Following a way costs a fraction of a millisecond for each image however few its pixels are, and searching
overlaps follows it thousands of times.
"""

from dataclasses import dataclass

import numpy as np
from numpy.polynomial import chebyshev
from numpy.typing import ArrayLike, NDArray

from mkrefs.api import SkyTransform
from mkrefs_imaging.overlaps.tangent import on_plane, tangent_frame

Vector = NDArray[np.float64]
Positions = tuple[Vector, Vector]

# The polynomials hold within this many half-lengths of the middle of the image.
_REACH = 1.9
# They are tried in this order; each is fitted to so many points a side, and one more of each is a trial.
_DEGREES = (5, 9)
_TRIALS = 150
# Largest error, pixels: a twentieth of what a map of an overlap may be wrong by.
_TOLERANCE = 1e-4


@dataclass(frozen=True, slots=True)
class _Square:
    """What is brought to the range from -1 to 1: ``(value - middle) / half``, by axis."""

    middle: Vector
    half: Vector

    def scaled(self, values: Vector) -> Vector:
        axes = (2, *(1,) * (values.ndim - 1))
        return np.asarray((values - self.middle.reshape(axes)) / self.half.reshape(axes))


@dataclass(frozen=True, slots=True)
class _Polynomials:
    """Two polynomials of two variables, each a sum of products of Chebyshev polynomials."""

    domain: _Square
    coefficients: Vector

    def __call__(self, scaled: Vector) -> Vector:
        return np.stack([chebyshev.chebval2d(scaled[0], scaled[1], each) for each in self.coefficients])


class SmoothSky:
    """A way to the sky by polynomials, as `mkrefs.api.SkyTransform`; the way itself far from the image.

    Parameters
    ----------
    exact : SkyTransform
        What is followed.
    frame : ndarray of float64, shape (3, 3)
        Unit vectors towards the middle of the image, east and north of it.
    to_plane, to_pixels : callable
        Polynomials from pixels to the tangent plane in the middle, and back.
    """

    def __init__(
        self, exact: SkyTransform, frame: Vector, to_plane: _Polynomials, to_pixels: _Polynomials
    ) -> None:
        self._exact, self._frame, self._to_plane, self._to_pixels = exact, frame, to_plane, to_pixels

    def to_sky(self, x: ArrayLike, y: ArrayLike) -> Positions:
        """Give right ascension and declination of pixels, degrees."""
        pixels = np.stack(np.broadcast_arrays(np.asarray(x, np.float64), np.asarray(y, np.float64)))
        scaled = self._to_plane.domain.scaled(pixels)
        inside = (np.abs(scaled) <= 1).all(axis=0)
        if not inside.all():
            return self._exact.to_sky(x, y)
        east, north = self._to_plane(scaled)
        middle, to_east, to_north = self._frame
        vector = middle + east[..., None] * to_east + north[..., None] * to_north
        longitude = np.rad2deg(np.arctan2(vector[..., 1], vector[..., 0]))
        latitude = np.rad2deg(np.arctan2(vector[..., 2], np.hypot(vector[..., 0], vector[..., 1])))
        return longitude % 360.0, latitude

    def to_pixel(self, ra: ArrayLike, dec: ArrayLike) -> Positions:
        """Give the pixels of positions, degrees."""
        alpha, delta = np.broadcast_arrays(np.asarray(ra, np.float64), np.asarray(dec, np.float64))
        scaled = self._to_pixels.domain.scaled(on_plane(alpha, delta, self._frame))
        inside = (np.abs(scaled) <= 1).all(axis=0)
        pixels = self._to_pixels(np.where(inside, scaled, 0.0))
        if not inside.all():
            pixels[:, ~inside] = np.stack(self._exact.to_pixel(alpha[~inside], delta[~inside]))
        return pixels[0], pixels[1]


def smooth_sky(sky: SkyTransform, shape: tuple[int, ...]) -> SkyTransform:
    """Give a way to the sky that is followed fast.

    Parameters
    ----------
    sky : SkyTransform
        The way of an image.
    shape : tuple of int
        Its shape; the last two axes are rows and columns.

    Returns
    -------
    SkyTransform
        Polynomials, if they are right to 1e-4 pixel at random places over and around the image, both ways;
        otherwise the way that was given.
    """
    middle = np.array([(shape[-1] - 1) / 2, (shape[-2] - 1) / 2])
    pixels = _Square(middle, _REACH * np.maximum(middle, 1.0))
    frame, scale = tangent_frame(sky, middle)
    random = np.random.default_rng(shape[-1]).uniform(-1, 1, (2, _TRIALS))
    trials = _places(sky, pixels, random, frame)
    for degree in _DEGREES:
        found = _fitted(sky, pixels, frame, degree)
        if found is not None and _largest_error(*found, random, trials, pixels, scale) <= _TOLERANCE:
            return SmoothSky(sky, frame, *found)
    return sky


def _fitted(
    sky: SkyTransform, pixels: _Square, frame: Vector, degree: int
) -> tuple[_Polynomials, _Polynomials] | None:
    """Fit the polynomials of a degree; None where the way is not known everywhere."""
    # The roots of a Chebyshev polynomial, at which a fit is as good as interpolation.
    nodes = np.cos(np.pi * (np.arange(degree + 3) + 0.5) / (degree + 3))
    grid = np.stack(np.meshgrid(nodes, nodes)).reshape(2, -1)
    plane = _places(sky, pixels, grid, frame)
    if not np.isfinite(plane).all():
        return None
    low, high = plane.min(axis=1), plane.max(axis=1)
    square = _Square((low + high) / 2, np.maximum((high - low) / 2, 1e-300))
    at = pixels.middle[:, None] + pixels.half[:, None] * grid
    return _fit(grid, plane, pixels, degree), _fit(square.scaled(plane), at, square, degree)


def _fit(scaled: Vector, values: Vector, domain: _Square, degree: int) -> _Polynomials:
    terms = chebyshev.chebvander2d(scaled[0], scaled[1], [degree, degree])
    orders = np.add.outer(np.arange(degree + 1), np.arange(degree + 1)).ravel()
    used = orders <= degree
    coefficients = np.zeros((2, orders.size))
    coefficients[:, used] = np.linalg.lstsq(terms[:, used], values.T, rcond=None)[0].T
    return _Polynomials(domain, coefficients.reshape(2, degree + 1, degree + 1))


def _largest_error(
    to_plane: _Polynomials, to_pixels: _Polynomials, at: Vector, plane: Vector, pixels: _Square, scale: float
) -> float:
    """Give the largest error of both ways in pixels; infinite where the way is not known."""
    if not np.isfinite(plane).all():
        return float("inf")
    forward = np.abs(to_plane(at) - plane).max() / scale
    there = pixels.middle[:, None] + pixels.half[:, None] * at
    scaled = to_pixels.domain.scaled(plane)
    inside = (np.abs(scaled) <= 1).all(axis=0)
    back = np.abs(to_pixels(scaled) - there)[:, inside].max(initial=0.0)
    return float(max(forward, back))


def _places(sky: SkyTransform, pixels: _Square, scaled: Vector, frame: Vector) -> Vector:
    at = pixels.middle[:, None] + pixels.half[:, None] * scaled
    return on_plane(*sky.to_sky(at[0], at[1]), frame)
