"""The way from pixels to the sky through a tangent plane, with a little distortion if wanted, in numpy alone.

The same as a gwcs object is made in `mkrefs.testing.tangent_gwcs`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mkrefs.images.inverse import tangent_plane

_ARCSEC = 3600.0
_NO_DISTORTION = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
# Newton steps; each doubles the number of right digits.
_STEPS = 6


@dataclass(frozen=True, slots=True)
class TangentSky:
    """Pixels on the tangent plane of a reference position; it fulfils `mkrefs.api.SkyTransform`.

    Attributes
    ----------
    reference_pixel : (float, float)
        Pixel (x, y) of the reference position; the first pixel is (0, 0).
    reference_sky : (float, float)
        Right ascension and declination of the reference position, degrees.
    scale : float
        Size of a pixel at the reference position, arcsec.
    rotation : float
        Position angle of the y axis, degrees from north through east. East is to the left of north.
    distortion : tuple of six floats
        With dx and dy the distance from the reference pixel, dx becomes dx + a dx**2 + b dx dy + c dy**2, and
        dy becomes dy + d dx**2 + e dx dy + f dy**2, both with the undistorted dx and dy; the tuple is
        (a, b, c, d, e, f), in 1/pixel. Times the size of the array they must be well below 1.
    """

    reference_pixel: tuple[float, float]
    reference_sky: tuple[float, float] = (150.0, 2.0)
    scale: float = 0.063
    rotation: float = 0.0
    distortion: tuple[float, float, float, float, float, float] = _NO_DISTORTION

    @property
    def matrix(self) -> NDArray[np.float64]:
        """From pixels to degrees towards east and north, shape (2, 2)."""
        angle = np.deg2rad(self.rotation)
        cos, sin = np.cos(angle), np.sin(angle)
        return self.scale / _ARCSEC * np.array([[-cos, sin], [sin, cos]])

    def to_sky(self, x: ArrayLike, y: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Give right ascension (0 to 360) and declination, degrees, of pixels.

        Parameters
        ----------
        x, y : array_like
            Pixels along columns and rows; the first is (0, 0).
        """
        east, north = self.to_plane(x, y)
        return plane_to_sky(east, north, self.reference_sky)

    def to_pixel(self, ra: ArrayLike, dec: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Give the pixels (x, y) of positions on the sky, degrees; NaN for the other half of the sky."""
        east, north = tangent_plane(ra, dec, self.reference_sky)
        (a, b), (c, d) = np.linalg.inv(self.matrix)
        dx, dy = _undistort(a * east + b * north, c * east + d * north, self.distortion)
        return dx + self.reference_pixel[0], dy + self.reference_pixel[1]

    def to_plane(self, x: ArrayLike, y: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Give the place of pixels on the tangent plane: degrees towards east and north."""
        dx = np.asarray(x, dtype=np.float64) - self.reference_pixel[0]
        dy = np.asarray(y, dtype=np.float64) - self.reference_pixel[1]
        if any(self.distortion):
            dx, dy = _distort(dx, dy, self.distortion)
        (a, b), (c, d) = self.matrix
        return a * dx + b * dy, c * dx + d * dy


def plane_to_sky(
    east: ArrayLike, north: ArrayLike, centre: tuple[float, float]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Deproject the tangent plane of a position.

    Parameters
    ----------
    east, north : array_like
        Place on the plane, degrees.
    centre : (float, float)
        Right ascension and declination where the plane touches the sky, degrees.

    Returns
    -------
    (ndarray, ndarray)
        Right ascension (0 to 360) and declination, degrees.
    """
    xi, eta = np.deg2rad(np.asarray(east, np.float64)), np.deg2rad(np.asarray(north, np.float64))
    ra0, dec0 = np.deg2rad(centre)
    depth = np.cos(dec0) - eta * np.sin(dec0)
    ra = ra0 + np.arctan2(xi, depth)
    dec = np.arctan2(np.sin(dec0) + eta * np.cos(dec0), np.hypot(xi, depth))
    return np.rad2deg(ra) % 360.0, np.rad2deg(dec)


def _distort(
    dx: NDArray[np.float64], dy: NDArray[np.float64], terms: tuple[float, ...]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    a, b, c, d, e, f = terms
    return dx + a * dx**2 + b * dx * dy + c * dy**2, dy + d * dx**2 + e * dx * dy + f * dy**2


def _undistort(
    u: NDArray[np.float64], v: NDArray[np.float64], terms: tuple[float, ...]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Solve `_distort` for dx and dy by Newton's method."""
    if not any(terms):
        return u, v
    a, b, c, d, e, f = terms
    dx, dy = u.copy(), v.copy()
    for _ in range(_STEPS):
        found_u, found_v = _distort(dx, dy, terms)
        uu, uv = 1 + 2 * a * dx + b * dy, b * dx + 2 * c * dy
        vu, vv = 2 * d * dx + e * dy, 1 + e * dx + 2 * f * dy
        determinant = uu * vv - uv * vu
        off_u, off_v = u - found_u, v - found_v
        dx = dx + (vv * off_u - uv * off_v) / determinant
        dy = dy + (uu * off_v - vu * off_u) / determinant
    return dx, dy
