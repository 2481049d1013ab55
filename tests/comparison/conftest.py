"""Small reference files, written with astropy alone."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits
from numpy.typing import NDArray

from mkrefs.instruments.dq import PIXEL_DQ

HEADER = {
    "TELESCOP": "JWST",
    "INSTRUME": "NIRCAM",
    "DETECTOR": "NRCA1",
    "SUBARRAY": "SUB8",
    "SUBSTRT1": 101,
    "SUBSTRT2": 201,
    "USEAFTER": "2024-01-01T00:00:00",
}


@pytest.fixture
def reference(tmp_path) -> Callable[..., Path]:
    """Write a reference file; arrays by EXTNAME, keywords of the first header, units by EXTNAME."""

    def write(
        name: str,
        reftype: str,
        arrays: Mapping[str, NDArray[Any]],
        units: Mapping[str, str] | None = None,
        flags: tuple[str, ...] = (),
        **keywords: Any,
    ) -> Path:
        plane = next((each.shape[-2:] for each in arrays.values() if each.ndim >= 2), (0, 0))
        place = {"SUBSIZE1": plane[1], "SUBSIZE2": plane[0]}
        header = fits.Header({**HEADER, **place, "REFTYPE": reftype, **keywords})
        hdus = [fits.PrimaryHDU(header=header)]
        for extname, array in arrays.items():
            unit = {"BUNIT": units[extname]} if units and extname in units else {}
            kind = fits.BinTableHDU if array.dtype.names else fits.ImageHDU
            hdus.append(kind(array, fits.Header(unit), name=extname))
        if flags:
            rows = [(bit, PIXEL_DQ[flag], flag) for bit, flag in enumerate(flags)]
            table = np.array(rows, dtype=[("BIT", "i4"), ("VALUE", "u4"), ("NAME", "S40")])
            hdus.append(fits.BinTableHDU(table, name="DQ_DEF"))
        path: Path = tmp_path / name
        fits.HDUList(hdus).writeto(path, overwrite=True)
        return path

    return write
