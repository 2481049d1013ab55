"""Stripes kept out of the differences: where rows share much noise, the levels are measured again without it.

A level is the mean of an image, but overlaps show a part of it only, and what stripes add there is no level.
The stripes are those that `multi_tile_destripe` finds, with the mean (and plane) of each image kept. They are
taken off what is measured, not off the images.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import CalibratedImage
from mkrefs.stacks import side_by_side
from mkrefs_imaging.level_match.noise import pixel_noise, row_layout, row_variance
from mkrefs_imaging.level_match.pieces import sky_of, usable_pixels
from mkrefs_imaging.multi_tile_destripe.destripe import destripe_tiles
from mkrefs_imaging.multi_tile_destripe.inputs import amplifier_of_columns
from mkrefs_imaging.multi_tile_destripe.settings import DestripeSettings
from mkrefs_imaging.multi_tile_destripe.tiles import Tile

#: What HISTORY says.
KEPT_OUT = "Stripes were found by comparing the images, and kept out of their differences."
TOO_MANY = "Stripes move these levels, and there are too many images to keep them out of the differences."
#: What the images may take together for their stripes to be found, bytes.
MOST_BYTES = 2 * 2**30
# Variance of a level due to rows, in units of that due to pixels, from which on it counts; steep sources
# alone can look like a few.
_LEAST_EXCESS = 6
# What a tile takes while its stripes are found, in units of its science array in single precision.
_COPIES = 3


def stripes_matter(marked: NDArray[np.floating], image: CalibratedImage) -> bool:
    """Tell whether the noise that rows share moves the level of an overlap much more than that of its pixels.

    Parameters
    ----------
    marked : ndarray of float, shape (nrows, ncols)
        The image, NaN where it is not usable.
    image : CalibratedImage
        Tells which pixels make up a row.

    Returns
    -------
    bool
    """
    layout = row_layout(image.metadata, (image.shape[0], image.shape[1]))
    of_rows = row_variance(marked, layout) * layout.fast / layout.amplifiers
    return of_rows > _LEAST_EXCESS * pixel_noise(marked, layout) ** 2


def fit_in_memory(images: Sequence[CalibratedImage]) -> bool:
    """Tell whether the stripes of all images can be found at once."""
    return sum(_COPIES * 4 * int(np.prod(image.shape)) for image in images) <= MOST_BYTES


def find_stripes(images: Sequence[CalibratedImage], *, keep_planes: bool) -> list[NDArray[np.float32]]:
    """Find the stripes of all images by comparing them.

    Parameters
    ----------
    images : sequence of CalibratedImage
        Images that overlap.
    keep_planes : bool
        Stripes have no plane besides no mean.

    Returns
    -------
    list of ndarray of float32, shape (nrows, ncols)
        What is to be taken off each, 0 where an image overlaps no other.
    """
    tiles = side_by_side(_tile, images)
    settings = DestripeSettings(do_large_scale=False, conserve="plane" if keep_planes else "level")
    found = destripe_tiles(tiles, settings)
    return [
        np.ascontiguousarray(each.pattern.T) if tile.turned else each.pattern
        for tile, each in zip(tiles, found.tiles, strict=True)
    ]


def _tile(image: CalibratedImage) -> Tile:
    usable = usable_pixels(image)
    data = np.where(usable, image.array("data"), np.nan).astype(np.float32)
    turned = not row_layout(image.metadata, (image.shape[0], image.shape[1])).rows
    if turned:
        data = np.ascontiguousarray(data.T)
    weight = np.isfinite(data).astype(np.float32)
    amplifier = amplifier_of_columns(image, data.shape[1], True)
    return Tile(image.name, data, weight, amplifier, sky_of(image), turned)
