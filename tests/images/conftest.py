"""Images written once, of the pipeline's kind and of another origin."""

import shutil
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io import fits

from mkrefs.testing import ArrayImage, TangentSky

SHAPE = (48, 64)
SKY = TangentSky((30.0, 20.0), rotation=25.0, distortion=(3e-5, 1e-5, -2e-5, 1e-5, -3e-5, 2e-5))


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Write an image through its data model, with a gwcs; each kind once."""
    folder = tmp_path_factory.mktemp("images")

    @lru_cache
    def write(planes: int, header: tuple[tuple[str, Any], ...]) -> Path:
        rng = np.random.default_rng(1)
        shape = (planes, *SHAPE) if planes else SHAPE
        data = rng.normal(1.0, 0.1, shape).astype(np.float32)
        data[..., 3, 4] = np.nan
        dq = np.zeros(shape, np.uint32)
        dq[..., 3, 4] = 1 | 1 << 10
        image = ArrayImage(
            data,
            err=np.full(shape, 0.1),
            dq=dq,
            arrays={"var_rnoise": np.full(shape, 0.01), "area": np.ones(SHAPE)},
            sky=SKY,
            header={"INSTRUME": "NIRCAM", "DETECTOR": "NRCALONG", "SUBARRAY": "FULL", **dict(header)},
        )
        path = folder / f"{len(list(folder.iterdir()))}_cal.fits"
        with image.model() as model:
            model.meta.wcsinfo.s_region = "POLYGON ICRS 1 2 3 4 5 6"
            model.add_history_entry("made by hand")
            model.save(str(path))
        return path

    return write


@pytest.fixture
def model_file(written: Callable[..., Path], tmp_path: Path) -> Callable[..., Path]:
    """Give an image with a data model, to do with as one likes."""

    def give(name: str = "jw1_nrcalong_cal.fits", planes: int = 0, **header: Any) -> Path:
        return Path(shutil.copy(written(planes, tuple(header.items())), tmp_path / name))

    return give


@pytest.fixture
def bare_file(tmp_path: Path) -> Callable[..., Path]:
    """Write an image with nothing but SCI, and keywords in its header."""

    def write(name: str = "tile1_cal.fits", primary: Any = None, **keywords: Any) -> Path:
        header = fits.Header(
            {
                "CTYPE1": "RA---TAN-SIP", "CTYPE2": "DEC--TAN-SIP", "CRVAL1": 150.0, "CRVAL2": 2.0,
                "CRPIX1": 31.0, "CRPIX2": 21.0,
                "CD1_1": -1.5e-5, "CD1_2": 5e-6, "CD2_1": 5e-6, "CD2_2": 1.5e-5,
                "A_ORDER": 2, "B_ORDER": 2, "A_2_0": 3e-5, "A_1_1": 1e-5, "B_0_2": 2e-5, "B_2_0": -1e-5,
                "BUNIT": "MJy/sr", **keywords,
            }
        )  # fmt: skip
        header = fits.Header({key: value for key, value in header.items() if value != ""})
        data = np.arange(np.prod(SHAPE), dtype=np.float64).reshape(SHAPE)
        top = fits.PrimaryHDU(header=fits.Header(primary or {}))
        fits.HDUList([top, fits.ImageHDU(data, header, name="SCI")]).writeto(tmp_path / name)
        return tmp_path / name

    return write
