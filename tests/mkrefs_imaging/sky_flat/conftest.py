"""Simulated images of the sky with a flat field that is known."""

from collections.abc import Callable
from functools import cache

import pytest

from mkrefs.testing import Mosaic, MosaicSpec, simulate_mosaic

SKY_IMAGES = {
    "tiles": (1, 1),
    "dithers": 12,
    "shape": (128, 128),
    "dither_size": 30.0,
    "source": 0.0,
    "stars": 12,
    "star_peak": 20.0,
    "stripes": 0.0,
    "level": 0.03,
    "noise": 0.03,
    "flat": 0.06,
    "flat_fielded": False,
    "bad_pixels": 0.003,
}


@pytest.fixture(scope="session")
def sky_images() -> Callable[..., Mosaic]:
    """Give a function that simulates dithered images of one detector, with some things otherwise."""

    @cache
    def simulated(**otherwise: object) -> Mosaic:
        return simulate_mosaic(MosaicSpec(**{**SKY_IMAGES, **otherwise}))

    return simulated
