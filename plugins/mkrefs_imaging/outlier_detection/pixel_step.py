"""At how many pixels the WCS of images has to be computed for the step to map all of them by interpolation.

The step itself interpolates; here it is found out whether that may be asked of it.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import CalibratedImage, SkyTransform
from mkrefs_imaging.overlaps.tangent import on_plane, tangent_frame

#: Spacing of the pixels, and order of the spline between them.
STEP, ORDER = 10.0, 3
# Largest error in pixels: far below what moves a value by its rounding where most images have a gradient.
_TOLERANCE = 1e-5
_TRIALS = 400
# The step has so many nodes along each side at least.
_LEAST = 10


def is_smooth(images: Iterable[CalibratedImage]) -> bool:
    """Tell whether the WCS of all images can be interpolated between every tenth pixel.

    Parameters
    ----------
    images : iterable of CalibratedImage
        Images with a way to the sky, or without.

    Returns
    -------
    bool
        Whether the pixels that a spline gives on a tangent plane are right to 1e-5 pixel at random places;
        False if an image has no way to the sky.
    """
    return all(
        image.sky is not None and _largest_error(image.sky, image.shape) <= _TOLERANCE for image in images
    )


def _largest_error(sky: SkyTransform, shape: tuple[int, ...]) -> float:
    """Give the largest error in pixels; infinite where the sky is not known everywhere."""
    from scipy.interpolate import RectBivariateSpline

    rows, columns = (_nodes(size) for size in shape[-2:])
    random = np.random.default_rng(rows.size * columns.size)
    y, x = (random.uniform(0, size - 1, _TRIALS) for size in shape[-2:])
    frame, pixel = tangent_frame(sky, np.array([size / 2 for size in shape[:-3:-1]]))
    known, exact = (on_plane(*sky.to_sky(*at), frame) for at in (np.meshgrid(columns, rows), (x, y)))
    if not (np.isfinite(known).all() and np.isfinite(exact).all()):
        return float("inf")
    if min(rows.size, columns.size) <= ORDER:
        return float("inf")
    splines = [RectBivariateSpline(rows, columns, each, kx=ORDER, ky=ORDER) for each in known]
    found = np.stack([spline.ev(y, x) for spline in splines])
    return float(np.abs(found - exact).max()) / pixel


def _nodes(size: int) -> NDArray[np.float64]:
    return np.linspace(0, size - 1, max(int(np.ceil(size / STEP)), min(_LEAST, size)))
