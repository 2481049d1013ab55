"""Small exposures as FITS files, for the tests of the catalog."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits

HEADER = {
    "INSTRUME": "NIRCAM",
    "DETECTOR": "NRCA1",
    "EXP_TYPE": "NRC_DARK",
    "READPATT": "RAPID",
    "SUBARRAY": "SUB64P",
    "NINTS": 1,
    "NGROUPS": 3,
    "TGROUP": 0.35,
    "DATE-OBS": "2022-03-04",
    "TIME-OBS": "06:00:00.000",
    "EXPSTART": 59642.25,
}

WriteExposure = Callable[..., str]


@pytest.fixture
def write_exposure(tmp_path: Path) -> WriteExposure:
    """Give a function that writes an exposure and gives its path; None as a value takes a keyword out."""

    def write(name: str, *, science: dict[str, Any] | None = None, seed: int = 0, **keywords: Any) -> str:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = np.random.default_rng(seed).integers(0, 60000, (1, 3, 8, 64), dtype=np.uint16)
        image = fits.ImageHDU(pixels, name="SCI")
        image.header.update(science or {})
        primary = fits.PrimaryHDU()
        values = HEADER | {
            key.replace("_OBS", "-OBS").replace("_END", "-END"): v for key, v in keywords.items()
        }
        primary.header.update({key: value for key, value in values.items() if value is not None})
        table = fits.BinTableHDU(np.zeros(4, dtype=[("group", "i4")]), name="GROUP")
        fits.HDUList([primary, image, table]).writeto(path)
        return str(path)

    return write
