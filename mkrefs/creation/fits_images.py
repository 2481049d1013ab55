"""Images that ramp_fit made of a ramp, in a FITS file, read in blocks of rows."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from astropy.io import fits
from numpy.typing import NDArray

from mkrefs.errors import UserError
from mkrefs.storage.fits_rows import FitsRows


class FitsImages:
    """The image extensions of a file, as `mkrefs.api.Images`.

    Parameters
    ----------
    path : Path
        The file.

    Raises
    ------
    UserError
        If it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._hdus = fits.open(path, memmap=False)
            self._rows = FitsRows(path, self._hdus)
        except OSError as error:
            raise UserError(
                f"{path} cannot be read as slopes ({error}); remove it, and run again to make it anew."
            ) from error

    @property
    def name(self) -> str:
        """Base name of the file."""
        return self._path.name

    @property
    def arrays(self) -> Mapping[str, tuple[int, ...]]:
        """Shape of each array by the name of its extension."""
        images = (hdu for hdu in self._hdus if isinstance(hdu, fits.ImageHDU) and hdu.shape)
        return {hdu.name.upper(): hdu.shape for hdu in images}

    def rows(self, array: str, start: int, stop: int) -> NDArray[Any]:
        """Read rows ``start`` up to, not including, ``stop`` of an array, in the machine's byte order."""
        if array not in self._rows:
            raise UserError(
                f"{self._path} has no {array}; it holds {', '.join(self.arrays)}: remove it, and run "
                "again to make it anew."
            )
        values = self._rows.read(array, start, stop)
        values.flags.writeable = False
        return values

    def close(self) -> None:
        """Close the file."""
        self._rows.close()
        self._hdus.close()
