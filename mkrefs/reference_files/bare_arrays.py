"""The bare arrays of a reference file, kept in case they cannot be made into one."""

from pathlib import Path
from typing import Any

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

from mkrefs.contract.reference_data import ReferenceData
from mkrefs.storage.atomic import atomic_write


def bare_arrays_path(output: Path) -> Path:
    """Give the path of the bare arrays of the reference file ``output``."""
    return output.with_name(f"{output.stem}.tmp.fits")


def write_bare_arrays(path: Path, data: ReferenceData) -> None:
    """Write arrays, flags and extensions as FITS images or tables under their names, without any schema.

    Parameters
    ----------
    path : Path
        The file to make.
    data : ReferenceData
        What the creator gave.
    """
    images = {**data.arrays, **data.extensions}
    images |= {name: flags.astype(np.uint8) for name, flags in data.flags.items()}
    hdus = [fits.PrimaryHDU(), *(_hdu(name, np.asarray(array)) for name, array in images.items())]
    with atomic_write(path) as temporary:
        fits.HDUList(hdus).writeto(temporary)


def _hdu(name: str, array: NDArray[Any]) -> fits.ImageHDU | fits.BinTableHDU:
    return (fits.ImageHDU if array.dtype.names is None else fits.BinTableHDU)(array, name=name)
