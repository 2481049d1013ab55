"""Maps of bad pixels in FITS files: those that the user names, and those of clusters of NaN."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import PIXEL_DQ, UserError


def read_map(path: str, shape: tuple[int, ...], name: str) -> NDArray[np.bool_]:
    """Read a map of bad pixels: the first image of the file, 2-D for all planes, or 3-D.

    Parameters
    ----------
    path : str
        The file. What is not 0 is bad; in an extension DQ, what is DO_NOT_USE.
    shape : (int, int, int)
        Planes, rows and columns of the image the map is for.
    name : str
        Name of that image, for messages.

    Returns
    -------
    ndarray of bool
        True at bad pixels.

    Raises
    ------
    mkrefs.api.UserError
        If the file cannot be read, or its image has another size.
    """
    from astropy.io import fits

    try:
        with fits.open(Path(path), memmap=False) as hdus:
            images = [
                (hdu.name, np.asarray(hdu.data)) for hdu in hdus if hdu.is_image and hdu.data is not None
            ]
    except OSError as error:
        raise UserError(
            f"fix_bad_pixels: {path} cannot be read as FITS: {error}; give a FITS file."
        ) from error
    extension, array = images[0] if images else ("", np.zeros(0))
    if array.shape not in (shape, shape[1:]):
        size = f"an image of {array.shape}" if images else "no image"
        raise UserError(
            f"fix_bad_pixels: {path} holds {size}, and {name} is {shape}; a map needs its rows and columns."
        )
    if extension == "DQ":
        array = array.astype(np.uint32) & np.uint32(PIXEL_DQ["DO_NOT_USE"])
    return np.broadcast_to(array != 0, shape)


def write_map(clusters: NDArray[np.bool_], path: Path) -> None:
    """Write a map as FITS, in an extension SCI: 1 where it is True, 0 elsewhere."""
    from astropy.io import fits

    fits.HDUList([fits.PrimaryHDU(), fits.ImageHDU(clusters.astype(np.uint8), name="SCI")]).writeto(path)
