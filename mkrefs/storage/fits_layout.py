"""Where the pixels of an image extension lie in a FITS file; what is packed or scaled is left to astropy."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from astropy.io import fits

_STORED = {8: ">u1", 16: ">i2", 32: ">i4", 64: ">i8", -32: ">f4", -64: ">f8"}
_UNSIGNED = {16: ">u2", 32: ">u4"}


@dataclass(frozen=True, slots=True)
class ImageLayout:
    """How the pixels of an extension lie in the file.

    Attributes
    ----------
    offset : int
        The first byte.
    shape : tuple of int
        Shape of the array.
    stored : dtype
        The type in the file.
    sign : int
        The bit that FITS turns in unsigned integers, of which it knows none; 0 for other types.
    """

    offset: int
    shape: tuple[int, ...]
    stored: np.dtype[Any]
    sign: int = 0

    @property
    def meant(self) -> np.dtype[Any]:
        """The type of the numbers that are meant, in the byte order of the file."""
        return np.dtype(_UNSIGNED[8 * self.stored.itemsize]) if self.sign else self.stored


def image_layout(hdu: Any) -> ImageLayout | None:
    """Tell how the pixels of an extension lie in the file.

    Parameters
    ----------
    hdu : astropy HDU
        Of an open file.

    Returns
    -------
    ImageLayout or None
        None if it is no image, or packed, scaled or with blanks.
    """
    if type(hdu) not in (fits.ImageHDU, fits.PrimaryHDU) or not hdu.shape:
        return None
    info, header = hdu.fileinfo(), hdu.header
    if info is None or getattr(info["file"], "compression", None) or "BLANK" in header:
        return None
    bitpix, zero, shape = header["BITPIX"], header.get("BZERO", 0), tuple(hdu.shape)
    if header.get("BSCALE", 1) != 1:
        return None
    if zero == 0:
        return ImageLayout(info["datLoc"], shape, np.dtype(_STORED[bitpix]))
    if bitpix in _UNSIGNED and zero == 1 << (bitpix - 1):
        return ImageLayout(info["datLoc"], shape, np.dtype(_STORED[bitpix]), zero)
    return None
