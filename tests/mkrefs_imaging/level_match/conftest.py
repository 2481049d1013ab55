from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mkrefs.api import CalibratedImage, CorrectedImages
from mkrefs.testing import ArrayImage, Mosaic, MosaicSpec, TangentSky, simulate_mosaic
from mkrefs_imaging.level_match.correction import LevelMatchCorrection
from mkrefs_imaging.level_match.parameters import LevelMatchParameters


def run(images: Mapping[str, CalibratedImage], **parameters: Any) -> CorrectedImages:
    return LevelMatchCorrection().correct(images, LevelMatchParameters(**parameters), Path("unused"))


@pytest.fixture(name="run", scope="session")
def run_fixture() -> Callable[..., CorrectedImages]:
    return run


@dataclass(frozen=True)
class Left:
    """What a match leaves of the truth: by role the image of what was taken off too much."""

    images: Mapping[str, np.ndarray]
    planes: Mapping[str, tuple[np.ndarray, np.ndarray]]

    def level_rms(self) -> float:
        levels = np.array([np.nanmean(image) for image in self.images.values()])
        return float(levels.std())

    def rms_beyond_a_plane(self) -> float:
        """The common plane of the whole mosaic cannot be known."""
        values = [image[::4, ::4].ravel() for image in self.images.values()]
        across = [np.stack([u[::4, ::4].ravel(), v[::4, ::4].ravel()]) for u, v in self.planes.values()]
        all_values, coordinates = np.concatenate(values), np.concatenate(across, axis=1)
        good = np.isfinite(all_values)
        design = np.vstack([np.ones(good.sum()), coordinates[:, good]]).T
        fitted = design @ np.linalg.lstsq(design, all_values[good], rcond=None)[0]
        return float(np.std(all_values[good] - fitted))


def what_is_left(mosaic: Mosaic, found: CorrectedImages) -> Left:
    images, planes = {}, {}
    for role, image in mosaic.images.items():
        before = image.array("data").astype(np.float64)
        after = found.images[role].arrays.get("data", before)
        images[role] = before - after - mosaic.truth[role].background
        rows, columns = np.indices(before.shape)
        ra, dec = mosaic.truth[role].sky.to_sky(columns, rows)
        planes[role] = ((ra - mosaic.spec.centre[0]) * 60, (dec - mosaic.spec.centre[1]) * 60)
    return Left(images, planes)


@pytest.fixture(name="what_is_left", scope="session")
def what_is_left_fixture() -> Callable[[Mosaic, CorrectedImages], Left]:
    return what_is_left


QUIET: Mapping[str, Any] = {"shape": (256, 256), "tiles": (3, 2), "overlap": 0.35, "stripes": 0.0}


@pytest.fixture(scope="session")
def quiet() -> Mapping[str, Any]:
    """What makes a small mosaic without stripes."""
    return QUIET


@pytest.fixture(scope="session")
def mosaic() -> Mosaic:
    """Six rotated tiles with a bright source, stars, cosmic rays and bad pixels."""
    return simulate_mosaic(MosaicSpec(**QUIET, rotation_scatter=3.0, stars=20))


@pytest.fixture(scope="session")
def matched(mosaic: Mosaic) -> CorrectedImages:
    return run(mosaic.images)


@dataclass(frozen=True)
class Field:
    """Plain square images on a grid of pixels of one sky."""

    size: int = 64
    noise: float = 0.01

    def sky(self, x: float, y: float) -> TangentSky:
        middle = (self.size - 1) / 2
        return TangentSky((middle - x, middle - y), (30.0, 0.0), scale=0.1)

    def image(self, x: float, y: float, level: float, **more: Any) -> ArrayImage:
        random = np.random.default_rng(abs(hash((x, y))) % 2**32)
        data = more.pop("data", None)
        if data is None:
            data = random.normal(level, more.pop("noise", self.noise), (self.size, self.size))
        name = more.pop("name", f"x{x:.0f}y{y:.0f}_cal.fits")
        return ArrayImage(data, sky=more.pop("sky", self.sky(x, y)), name=name, **more)


@pytest.fixture
def field() -> Field:
    return Field()


@pytest.fixture
def by_role() -> Callable[..., dict[str, ArrayImage]]:
    return lambda *images: {f"I{number + 1}": image for number, image in enumerate(images)}


@pytest.fixture
def level() -> Callable[[CorrectedImages, str], float]:
    """What was taken off an image, in its middle."""

    def read(found: CorrectedImages, role: str) -> float:
        value = found.images[role].results["level (MJy/sr)"]
        assert isinstance(value, float)
        return value

    return read
