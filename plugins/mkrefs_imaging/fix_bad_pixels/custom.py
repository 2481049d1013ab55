"""Bad pixels that the user names: maps in files, or places."""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import CalibratedImage, UserError
from mkrefs_imaging.fix_bad_pixels.map_files import read_map
from mkrefs_imaging.fix_bad_pixels.parameters import BadPixels
from mkrefs_imaging.kinds.kind import observation_key


def custom(
    image: CalibratedImage, given: Mapping[str, BadPixels], shape: tuple[int, ...]
) -> NDArray[np.bool_]:
    """Mark the bad pixels that the user names for an image.

    Parameters
    ----------
    image : CalibratedImage
        The image.
    given : mapping of str to str or tuple
        Maps or places by mode, exposure or pattern; see `FixBadPixelsParameters`.
    shape : (int, int, int)
        Number of planes, rows and columns.

    Returns
    -------
    ndarray of bool
        True at bad pixels.

    Raises
    ------
    mkrefs.api.UserError
        If a map has another size, or a place lies outside.
    """
    found = np.zeros(shape, dtype=np.bool_)
    names = (observation_key(image), image.exposure, image.name)
    for pattern, pixels in given.items():
        if any(fnmatchcase(name, pattern) for name in names):
            found |= (
                read_map(pixels, shape, image.name)
                if isinstance(pixels, str)
                else mark_places(pixels, shape, image.name)
            )
    return found


def mark_places(places: Sequence[Sequence[int]], shape: tuple[int, ...], name: str) -> NDArray[np.bool_]:
    """Mark places (row, column), in all planes, or (plane, row, column); all counted from 0."""
    found = np.zeros(shape, dtype=np.bool_)
    for place in places:
        limits = shape[-len(place) :]
        if any(not 0 <= index < limit for index, limit in zip(place, limits, strict=True)):
            raise UserError(
                f"fix_bad_pixels: {list(place)} of custom_kwargs lies outside {name}, which is {limits}; "
                "places are [row, column] or [integration, row, column], from 0."
            )
        *plane, row, column = place
        found[plane[0] if plane else slice(None), row, column] = True
    return found
