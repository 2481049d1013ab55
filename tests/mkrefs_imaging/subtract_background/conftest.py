"""Targets with a glow on them, and the backgrounds that show the glow alone."""

from collections.abc import Callable

import numpy as np
import pytest

from mkrefs.testing import ArrayImage

SHAPE = (40, 48)
NOISE = 0.2
MODE = {
    "INSTRUME": "MIRI",
    "DETECTOR": "MIRIMAGE",
    "FILTER": "F1140C",
    "CORONMSK": "4QPM_1140",
    "SUBARRAY": "MASK1140",
    "EXP_TYPE": "MIR_4QPM",
    "BKGDTARG": False,
    "IS_PSF": False,
}


@pytest.fixture
def glow() -> np.ndarray:
    """The background: a stick of light on a gradient."""
    y, x = np.indices(SHAPE)
    return 5 + 0.05 * x + 20 * np.exp(-(((y - 20) / 2.0) ** 2))


@pytest.fixture
def star() -> np.ndarray:
    y, x = np.indices(SHAPE)
    return 100 * np.exp(-((x - 24) ** 2 + (y - 20) ** 2) / 8.0)


@pytest.fixture
def exposure(glow) -> Callable[..., ArrayImage]:
    """Make a cube (or an image, with nints 0) of a scene on the glow."""

    def make(name, nints=6, *, scene=0.0, seed=0, glow=glow, with_err=True, dq=None, **header):
        shape = (nints, *SHAPE) if nints else SHAPE
        data = glow + scene + np.random.default_rng(seed).normal(0, NOISE, shape)
        err = np.full(shape, NOISE) if with_err else None
        dq = np.zeros(shape, np.uint32) if dq is None else dq
        facts = {**MODE, "NINTS": max(nints, 1), **header}
        return ArrayImage(data, err=err, dq=dq, header=facts, name=f"{name}_calints.fits")

    return make
