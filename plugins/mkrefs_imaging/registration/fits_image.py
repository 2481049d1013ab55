"""The one place that opens FITS files besides exposures: models of stars, masks, images to align to."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import UserError


@dataclass(frozen=True, slots=True)
class FitsImage:
    """An image of a FITS file.

    Attributes
    ----------
    data : ndarray of float64, shape (nrows, ncols)
        Its values; of a cube the median over its planes.
    oversample : int
        Pixels of it along one of the detector's, by its keyword OVERSAMP.
    extension : str
        Where it was found.
    """

    data: NDArray[np.float64]
    oversample: int
    extension: str


def read_image(path: str, parameter: str, *, prefer: tuple[str, ...] = ("SCI",)) -> FitsImage:
    """Read an image.

    Parameters
    ----------
    path : str
        A FITS file.
    parameter : str
        The parameter that names it, for messages.
    prefer : tuple of str
        Extensions to look for, the best first; without any of them the first that holds an image.

    Raises
    ------
    mkrefs.api.UserError
        If it cannot be read or holds no image.
    """
    from astropy.io import fits

    try:
        with fits.open(Path(path), memmap=False) as content:
            return _found(content, path, parameter, prefer)
    except OSError as error:
        raise UserError(f"{parameter}: {path} cannot be read as FITS ({error}); name a FITS file.") from error


def _found(content: Any, path: str, parameter: str, prefer: tuple[str, ...]) -> FitsImage:
    images = [
        unit for unit in content if unit.is_image and unit.data is not None and unit.data.ndim in (2, 3)
    ]
    if not images:
        raise UserError(f"{parameter}: {path} holds no image of two or three axes; name one that does.")
    names = [unit.name for unit in images]
    chosen = images[next((names.index(name) for name in prefer if name in names), 0)]
    data = np.asarray(chosen.data, dtype=np.float64)
    oversample = chosen.header.get("OVERSAMP", 1)
    return FitsImage(
        np.nanmedian(data, axis=0) if data.ndim == 3 else data,
        max(int(oversample), 1) if isinstance(oversample, int | float) else 1,
        chosen.name,
    )
