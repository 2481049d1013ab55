"""Makes the gwcs object that data models hold from a way to the sky, for files with FITS keywords alone."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import SkyTransform

# Distortion in FITS keywords is a polynomial of at most this order; its inverse is fitted by one.
_DEGREE = 6
_POINTS = 31
# Share of the array around it that the fit covers too.
_MARGIN = 0.1


def sky_gwcs(sky: SkyTransform, shape: tuple[int, ...]) -> Any:
    """Make the gwcs object of an image.

    Parameters
    ----------
    sky : SkyTransform
        The way to the sky.
    shape : tuple of int
        Shape of the image, which the bounding box encloses.

    Returns
    -------
    gwcs.WCS
        From ``detector`` to ``world`` (ICRS), through a polynomial onto the tangent plane of the middle of
        the image, and its inverse, both fitted; for a projection of that kind with SIP the first is exact.
    """
    from astropy import coordinates, units
    from astropy.modeling import models
    from gwcs import WCS, coordinate_frames

    nrows, ncols = shape[-2:]
    middle = ((ncols - 1) / 2, (nrows - 1) / 2)
    ra, dec = (float(value) for value in sky.to_sky(*middle))
    x, y = (axis.ravel() - centre for axis, centre in zip(_grid(nrows, ncols), middle, strict=True))
    to_plane = models.Sky2Pix_TAN()
    rotate = models.RotateCelestial2Native(ra, dec, 180.0)
    east, north = to_plane(*rotate(*sky.to_sky(x + middle[0], y + middle[1])))
    polynomial = models.Mapping((0, 1, 0, 1)) | (_fitted(x, y, east) & _fitted(x, y, north))
    polynomial.inverse = models.Mapping((0, 1, 0, 1)) | (_fitted(east, north, x) & _fitted(east, north, y))
    transform = (
        (models.Shift(-middle[0]) & models.Shift(-middle[1])) | polynomial | to_plane.inverse | rotate.inverse
    )
    detector = coordinate_frames.Frame2D(name="detector", unit=(units.pix, units.pix))
    world = coordinate_frames.CelestialFrame(
        name="world", reference_frame=coordinates.ICRS(), unit=(units.deg, units.deg)
    )
    wcs = WCS([(detector, transform), (world, None)])
    wcs.bounding_box = ((-0.5, ncols - 0.5), (-0.5, nrows - 0.5))
    return wcs


def _grid(nrows: int, ncols: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    axes = [np.linspace(-_MARGIN * size, (1 + _MARGIN) * size, _POINTS) for size in (ncols, nrows)]
    x, y = np.meshgrid(*axes)
    return x, y


def _fitted(u: NDArray[np.float64], v: NDArray[np.float64], values: NDArray[np.float64]) -> Any:
    """Fit a polynomial of two variables, which are brought to the size of 1 for it."""
    from astropy.modeling import models

    size = float(max(np.abs(u).max(), np.abs(v).max()))
    powers = [(i, j) for i in range(_DEGREE + 1) for j in range(_DEGREE + 1 - i)]
    terms = np.stack([(u / size) ** i * (v / size) ** j for i, j in powers], axis=-1)
    found = np.linalg.lstsq(terms, values, rcond=None)[0]
    coefficients = {
        f"c{i}_{j}": float(value) / size ** (i + j) for (i, j), value in zip(powers, found, strict=True)
    }
    return models.Polynomial2D(_DEGREE, **coefficients)
