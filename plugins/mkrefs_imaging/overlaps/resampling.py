"""An image resampled onto the pixels of another, and differences of the two."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mkrefs_imaging.overlaps.kernels import bilinear
from mkrefs_imaging.overlaps.methods import ReprojectFunction
from mkrefs_imaging.overlaps.pixel_map import PixelMap

Image = NDArray[np.floating]

# A pixel that is covered by less than this is not wholly within the other image.
_COVERED = 0.999


@dataclass(frozen=True, slots=True)
class Resampled:
    """An image on the pixels of another.

    Attributes
    ----------
    values : ndarray of float32, shape of the box
        NaN where a pixel that takes part is not usable or beyond the edge.
    weight_squares : ndarray of float32, same shape
        Sum of the squares of the weights: the variance of a value is so many times that of a pixel, for
        bilinear interpolation; for the other ways that is near the truth. NaN where the value is.
    """

    values: NDArray[np.float32]
    weight_squares: NDArray[np.float32]

    @property
    def valid(self) -> NDArray[np.bool_]:
        """Where there is a value."""
        return ~np.isnan(self.values)


def resample(
    image: Image,
    usable: NDArray[np.bool_] | None,
    where: PixelMap,
    *,
    method: ReprojectFunction = "interp",
) -> Resampled:
    """Resample image b onto the pixels of image a, within the box of the map.

    Parameters
    ----------
    image : ndarray of float, shape (nrows, ncols)
        Image b, surface brightness: the values are averages, not sums.
    usable : ndarray of bool, same shape, or None
        Which pixels may be used; NaN never is. None if NaN marks all that may not.
    where : PixelMap
        Where the pixels of a lie in b.
    method : {"interp", "exact", "adaptive"}
        How to resample. The two others than bilinear interpolation are those of the reproject package, and
        much slower.

    Returns
    -------
    Resampled
    """
    marked = mark_unusable(image, usable)
    squares = np.empty(where.shape, dtype=np.float32)
    values = np.empty(where.shape, dtype=np.float32)
    bilinear(marked, where.x, where.y, *where.scales, values, squares)
    if method != "interp":
        values = _reprojected(marked, where, method)
        squares = np.where(np.isnan(values), np.float32(np.nan), squares)
    return Resampled(values, squares)


def difference(
    a: Image,
    usable_a: NDArray[np.bool_] | None,
    b: Image,
    usable_b: NDArray[np.bool_] | None,
    where: PixelMap,
    *,
    method: ReprojectFunction = "interp",
) -> NDArray[np.float32]:
    """Take image b, resampled, off image a.

    Parameters
    ----------
    a, usable_a, b, usable_b
        The images and which of their pixels may be used, as for `resample`.
    where : PixelMap
        Where the pixels of a lie in b.
    method : {"interp", "exact", "adaptive"}
        How to resample.

    Returns
    -------
    ndarray of float32, shape of the box
        a minus b; NaN where not both are usable.
    """
    marked = mark_unusable(b, usable_b)
    if method == "interp":
        values = np.empty(where.shape, dtype=np.float32)
        bilinear(marked, where.x, where.y, *where.scales, values, np.empty((0, 0), dtype=np.float32))
    else:
        values = _reprojected(marked, where, method)
    np.subtract(a[where.rows, where.columns], values, out=values)
    if usable_a is not None:
        values[~usable_a[where.rows, where.columns]] = np.nan
    return values


def mark_unusable(image: Image, usable: NDArray[np.bool_] | None) -> Image:
    """Put NaN where an image is not usable; the same array if all of it is, otherwise a copy."""
    if usable is None or usable.all():
        return image
    return np.where(usable, image, image.dtype.type(np.nan))


def _reprojected(marked: Image, where: PixelMap, method: ReprojectFunction) -> NDArray[np.float32]:
    """Resample by the reproject package."""
    from reproject import reproject_adaptive, reproject_exact

    from mkrefs_imaging.overlaps.sky_wcs import SkyWCS

    reproject = reproject_exact if method == "exact" else reproject_adaptive
    source = SkyWCS(where.sky_b, (marked.shape[0], marked.shape[1]))
    target = SkyWCS(where.sky_a, where.shape, (where.rows.start, where.columns.start))
    values, footprint = reproject((marked.astype(np.float64), source), target, shape_out=where.shape)
    return np.where(footprint > _COVERED, values, np.nan).astype(np.float32)
