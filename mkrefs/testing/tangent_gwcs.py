"""A `TangentSky` as the gwcs object that data models hold."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mkrefs.testing.tangent_sky import TangentSky

# The inverse distortion is a polynomial fitted over the array and this share of it around.
_MARGIN = 0.25
_INVERSE_DEGREE = 5
_FIT_POINTS = 25


def tangent_gwcs(sky: TangentSky, shape: tuple[int, ...]) -> Any:
    """Make the gwcs object of an array.

    Parameters
    ----------
    sky : TangentSky
        The way to the sky.
    shape : tuple of int
        Shape of the array; the last two axes are rows and columns, which the bounding box encloses.

    Returns
    -------
    gwcs.WCS
        From ``detector`` to ``world`` (ICRS). Its inverse is exact without distortion, and else right to
        about a millionth of a pixel.
    """
    from astropy import coordinates, units
    from astropy.modeling import models
    from gwcs import WCS, coordinate_frames

    nrows, ncols = shape[-2:]
    x, y = sky.reference_pixel
    ra, dec = sky.reference_sky
    to_plane = models.Shift(-x) & models.Shift(-y)
    if any(sky.distortion):
        to_plane = to_plane | distortion_model(sky, (nrows, ncols))
    transform = (
        to_plane
        | models.AffineTransformation2D(matrix=sky.matrix)
        | models.Pix2Sky_TAN()
        | models.RotateNative2Celestial(ra, dec, 180.0)
    )
    detector = coordinate_frames.Frame2D(name="detector", unit=(units.pix, units.pix))
    world = coordinate_frames.CelestialFrame(
        name="world", reference_frame=coordinates.ICRS(), unit=(units.deg, units.deg)
    )
    wcs = WCS([(detector, transform), (world, None)])
    wcs.bounding_box = ((-0.5, ncols - 0.5), (-0.5, nrows - 0.5))
    return wcs


def distortion_model(sky: TangentSky, shape: tuple[int, int]) -> Any:
    """Make the distortion of a `TangentSky` an astropy model with an inverse.

    Parameters
    ----------
    sky : TangentSky
        With a distortion.
    shape : (int, int)
        Rows and columns of the array, on which the inverse is fitted.

    Returns
    -------
    astropy.modeling.Model
        From and to the distance from the reference pixel.
    """
    from astropy.modeling import models

    a, b, c, d, e, f = sky.distortion
    forward = models.Mapping((0, 1, 0, 1)) | (
        models.Polynomial2D(2, c1_0=1.0, c2_0=a, c1_1=b, c0_2=c)
        & models.Polynomial2D(2, c0_1=1.0, c2_0=d, c1_1=e, c0_2=f)
    )
    dx, dy = _grid(sky, shape)
    u, v = forward(dx, dy)
    forward.inverse = models.Mapping((0, 1, 0, 1)) | (_fitted(u, v, dx) & _fitted(u, v, dy))
    return forward


def _grid(sky: TangentSky, shape: tuple[int, int]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    axes = [np.linspace(-_MARGIN * size, (1 + _MARGIN) * size, _FIT_POINTS) for size in shape[::-1]]
    x, y = np.meshgrid(*axes)
    return x - sky.reference_pixel[0], y - sky.reference_pixel[1]


def _fitted(u: NDArray[np.float64], v: NDArray[np.float64], values: NDArray[np.float64]) -> Any:
    from astropy.modeling import models

    size = float(max(np.abs(u).max(), np.abs(v).max()))
    powers = [(i, j) for i in range(_INVERSE_DEGREE + 1) for j in range(_INVERSE_DEGREE + 1 - i)]
    terms = np.stack([(u / size) ** i * (v / size) ** j for i, j in powers], axis=-1)
    found = np.linalg.lstsq(terms.reshape(-1, len(powers)), values.ravel(), rcond=None)[0]
    coefficients = {
        f"c{i}_{j}": float(value) / size ** (i + j) for (i, j), value in zip(powers, found, strict=True)
    }
    return models.Polynomial2D(_INVERSE_DEGREE, **coefficients)
