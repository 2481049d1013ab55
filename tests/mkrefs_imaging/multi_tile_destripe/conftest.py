"""One simulated mosaic, and how much of its stripes a correction leaves."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest

from mkrefs.api import CorrectedImages
from mkrefs.testing import Mosaic, MosaicSpec, simulate_mosaic
from mkrefs_imaging.multi_tile_destripe.correction import MultiTileDestripeCorrection

# Eight images: two tiles with four dithers each, beside each other.
SPEC = {"tiles": (2, 1), "dithers": 4, "shape": (128, 128), "dither_size": 15.0, "stars": 3, "seed": 5}


@pytest.fixture(scope="session")
def make() -> Callable[..., Mosaic]:
    """Simulate a mosaic that differs from the common one by some values."""

    def simulate(**values: object) -> Mosaic:
        return simulate_mosaic(MosaicSpec(**{**SPEC, **values}))

    return simulate


@pytest.fixture(scope="session")
def mosaic(make) -> Mosaic:
    return make()


@pytest.fixture(scope="session")
def destripe() -> Callable[..., CorrectedImages]:
    """Correct a mosaic, or images by role, with some parameters."""

    def run(images: Mosaic | Mapping[str, object], **parameters: object) -> CorrectedImages:
        correction = MultiTileDestripeCorrection()
        given = images.images if isinstance(images, Mosaic) else images
        return correction.correct(given, correction.Parameters(**parameters), Path())

    return run


@pytest.fixture(scope="session")
def removed() -> Callable[[Mosaic, CorrectedImages], dict[str, np.ndarray]]:
    """Give what was taken off each image."""

    def difference(mosaic: Mosaic, made: CorrectedImages) -> dict[str, np.ndarray]:
        return {
            role: mosaic.images[role].array("data").astype(float) - image.arrays["data"]
            for role, image in made.images.items()
        }

    return difference


@pytest.fixture(scope="session")
def residual(removed) -> Callable[[Mosaic, CorrectedImages], float]:
    """Give the rms of the stripes that are left in all images, the mean of each aside."""

    def rms(mosaic: Mosaic, made: CorrectedImages) -> float:
        parts = []
        for role, taken in removed(mosaic, made).items():
            truth = mosaic.truth[role]
            stripes = (truth.stripes + truth.vertical_stripes + truth.ripple) / truth.flat
            parts.append(np.nanvar(np.where(truth.bad_pixels, np.nan, taken - stripes)))
        return float(np.sqrt(np.mean(parts)))

    return rms


@pytest.fixture(scope="session")
def plain(mosaic, destripe) -> CorrectedImages:
    return destripe(mosaic)
