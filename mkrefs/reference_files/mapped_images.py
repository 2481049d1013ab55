"""Images of a FITS file as arrays whose pixels are read when they are looked at, and not before."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Smaller images are not worth it.
_LEAST_BYTES = 1 << 20


def mapped_images(path: Path) -> dict[str, NDArray[Any]]:
    """Map the large images of a FITS file into memory.

    The system keeps what of them has been looked at as long as there is room, so that any number of files can
    be open at once.

    Parameters
    ----------
    path : Path
        The file. As long as the arrays are in use it must not be written to; it may be replaced.

    Returns
    -------
    dict of str to ndarray
        Images by extension name, in the byte order of the file. What is changed in them is not written.
        Images that are packed, scaled, or of unsigned integers of more than one byte are left out.
    """
    from astropy.io import fits

    from mkrefs.storage.fits_layout import image_layout

    images: dict[str, NDArray[Any]] = {}
    with fits.open(path) as hdus:
        for hdu in hdus:
            layout = image_layout(hdu)
            if layout is None or layout.sign or hdu.name in images or hdu.ver != 1:
                continue
            if int(np.prod(layout.shape)) * layout.stored.itemsize >= _LEAST_BYTES:
                where: dict[str, Any] = {"offset": layout.offset, "shape": layout.shape}
                images[hdu.name] = np.memmap(path, dtype=layout.stored, mode="c", **where)
    return images
