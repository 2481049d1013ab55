"""Which pixels of an image belong to sources: connected pixels beyond a clipped threshold, dilated."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

#: A threshold needs no more values than this: its error is then below a hundredth of the scatter.
MOST_VALUES = 100_000
_MAD_TO_SIGMA = 1.482602218505602


def source_mask(
    data: ArrayLike,
    usable: ArrayLike | None = None,
    *,
    sigma: float = 3.0,
    npixels: int = 5,
    dilate_size: int = 7,
    max_iters: int | None = None,
    negative: bool = False,
) -> NDArray[np.bool_]:
    """Mark the sources of an image.

    A source is a group of at least ``npixels`` pixels, touching by sides or corners, that are all more than
    ``sigma`` clipped standard deviations above the clipped median of the usable pixels.

    Parameters
    ----------
    data : array_like, shape (nrows, ncols)
        The image; values that are not finite are never part of a source, and spoil nothing.
    usable : array_like of bool or None, shape (nrows, ncols)
        Pixels that count; None for all.
    sigma : float
        Threshold, and limit of the clip that gives median and standard deviation.
    npixels : int
        Smallest number of connected pixels.
    dilate_size : int
        Width in pixels of the square by which sources are grown; 1 or less grows nothing.
    max_iters : int or None
        Largest number of passes of the clip; None goes on until nothing is clipped any more.
    negative : bool
        Also mark groups as far below the median.

    Returns
    -------
    ndarray of bool, shape (nrows, ncols)
        True on sources and around them, also on pixels there that are not usable. All False where fewer
        than two pixels are usable or all have one value.
    """
    image = np.asarray(data)
    good = np.isfinite(image)
    if usable is not None:
        good &= np.asarray(usable, dtype=np.bool_)
    level = clipped_level(image[good], sigma=sigma, max_iters=max_iters)
    if not level[1] > 0:
        return np.zeros(image.shape, dtype=np.bool_)
    if not good.all():
        image = np.where(good, image, image.dtype.type(np.nan) if image.dtype.kind == "f" else np.nan)
    return groups_beyond(
        image, level, sigma=sigma, npixels=npixels, dilate_size=dilate_size, negative=negative
    )


def groups_beyond(
    image: NDArray[np.floating],
    level: tuple[float, float],
    *,
    sigma: float,
    npixels: int,
    dilate_size: int,
    negative: bool = False,
) -> NDArray[np.bool_]:
    """Mark the groups of pixels that are more than ``sigma`` scatters above a level; see `source_mask`.

    Parameters
    ----------
    image : ndarray of float, shape (nrows, ncols)
        NaN where a pixel does not count.
    level : (float, float)
        Median and scatter.
    sigma, npixels, dilate_size, negative
        As for `source_mask`.

    Returns
    -------
    ndarray of bool, shape (nrows, ncols)
    """
    centre, scatter = level
    with np.errstate(invalid="ignore"):
        found = _groups(np.isfinite(image) & (image > centre + sigma * scatter), npixels)
        if negative:
            found |= _groups(np.isfinite(image) & (image < centre - sigma * scatter), npixels)
    return _dilated(found, dilate_size)


def clipped_level(
    values: NDArray[np.floating], *, sigma: float, max_iters: int | None = None
) -> tuple[float, float]:
    """Take the sigma-clipped median of many values, and the standard deviation about it.

    The first pass clips by the median absolute deviation, which sources do not widen. Of more than 100 000
    values an even sample is taken.

    Parameters
    ----------
    values : ndarray of float, one-dimensional
        Finite values.
    sigma : float
        Values further from the median than this many standard deviations are left out.
    max_iters : int or None
        Largest number of passes; None goes on until nothing is left out any more.

    Returns
    -------
    centre, scatter : float
        NaN where there is no value.
    """
    kept = values[:: values.size // MOST_VALUES + 1].astype(np.float64)
    if not kept.size:
        return float("nan"), float("nan")
    centre = float(np.median(kept))
    scatter = _MAD_TO_SIGMA * float(np.median(np.abs(kept - centre))) or float(kept.std())
    passes = 0
    while max_iters is None or passes < max_iters:
        inside = kept[np.abs(kept - centre) <= sigma * scatter]
        if inside.size in (0, kept.size):
            break
        kept, passes = inside, passes + 1
        centre, scatter = float(np.median(kept)), float(kept.std())
    return centre, scatter if passes else float(kept.std())


def _groups(above: NDArray[np.bool_], npixels: int) -> NDArray[np.bool_]:
    """Keep the groups of connected pixels that are large enough."""
    from mkrefs_imaging.masks.kernels import keep_groups

    kept = np.ascontiguousarray(above).view(np.uint8)
    if npixels > 1:
        keep_groups(kept, npixels)
    return kept.view(np.bool_)


def _dilated(mask: NDArray[np.bool_], size: int) -> NDArray[np.bool_]:
    from mkrefs_imaging.masks.kernels import grown

    if size <= 1 or not mask.any():
        return mask
    return grown(mask.view(np.uint8), size).view(np.bool_)
