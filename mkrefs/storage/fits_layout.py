"""Where the pixels of an image extension lie in a FITS file; what is packed or scaled is left to astropy."""

from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

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

    def read(self, path: Path) -> NDArray[Any] | None:
        """Read the whole array, in the machine's byte order; None if the file ends before it does."""
        values = np.fromfile(path, self.stored, prod(self.shape), offset=self.offset)
        if values.size < prod(self.shape):
            return None
        if not values.dtype.isnative:
            values = values.byteswap(inplace=True).view(values.dtype.newbyteorder("="))
        if self.sign:
            values = values.view(self.meant.newbyteorder("="))
            values ^= values.dtype.type(self.sign)
        return values.reshape(self.shape)


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
    info = hdu.fileinfo()
    is_image = type(hdu) in (fits.ImageHDU, fits.PrimaryHDU)
    if not is_image or info is None or getattr(info["file"], "compression", None):
        return None
    return layout_in(hdu.header, info["datLoc"])


def layout_in(header: fits.Header, offset: int) -> ImageLayout | None:
    """Tell how the pixels that a header describes lie in a file that is not packed.

    Parameters
    ----------
    header : astropy.io.fits.Header
        Of the extension.
    offset : int
        First byte of its data.

    Returns
    -------
    ImageLayout or None
        None if it is no image, or scaled or with blanks.
    """
    if str(header.get("XTENSION", "IMAGE")).strip() != "IMAGE" or "BLANK" in header or not header["NAXIS"]:
        return None
    bitpix, zero = int(header["BITPIX"]), header.get("BZERO", 0)
    shape = tuple(int(header[f"NAXIS{axis}"]) for axis in range(header["NAXIS"], 0, -1))
    if header.get("BSCALE", 1) != 1:
        return None
    if zero == 0:
        return ImageLayout(offset, shape, np.dtype(_STORED[bitpix]))
    if bitpix in _UNSIGNED and zero == 1 << (bitpix - 1):
        return ImageLayout(offset, shape, np.dtype(_STORED[bitpix]), zero)
    return None
