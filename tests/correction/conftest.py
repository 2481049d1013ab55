"""A correction for the tests, and jobs for it."""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mkrefs.api import CorrectedImages, ImageCorrection, Parameters, StatusChange, hookimpl, parameter
from mkrefs.correction import work
from mkrefs.jobs.correcting import CorrectJob, ImageInput
from mkrefs.registry.plugins import load_plugins
from mkrefs.testing import ArrayImage, TangentSky

SHAPE = (24, 32)
Correct = Callable[[Mapping[str, Any], Any, Path], Any]


@pytest.fixture(scope="session")
def written_images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three images of 24 x 32 pixels; the last has no DQ array. One pixel is NaN, another DO_NOT_USE."""
    folder = tmp_path_factory.mktemp("images")
    for number in (1, 2, 3):
        data = np.full(SHAPE, float(number))
        data[3, 4] = np.nan
        dq = np.zeros(SHAPE)
        dq[5, 6] = 1
        name = f"jw{number}_cal.fits"
        image = ArrayImage(data, dq=None if number == 3 else dq, sky=TangentSky((16.0, 12.0)), name=name)
        with image.model() as model:
            model.save(str(folder / name))
    return folder


@pytest.fixture
def image_files(written_images: Path, tmp_path: Path) -> tuple[Path, ...]:
    """The images, to do with as one likes."""
    return tuple(Path(shutil.copy(path, tmp_path)) for path in sorted(written_images.iterdir()))


@pytest.fixture
def run(tmp_path: Path, image_files: tuple[Path, ...], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Carry out a correction given as a function; give the job and its notes."""

    def carry_out(
        correct: Correct, *, allowed: tuple[StatusChange, ...] = (), planes: str = "exposure", **fields: Any
    ) -> tuple[CorrectJob, tuple[str, ...]]:
        class Own(Parameters):
            step: float = parameter(0.5, "What is added.", unit="MJy/sr")

        class Toy(ImageCorrection):
            """Does what the test wants."""

            label, measures = "toy", "Nothing."
            Parameters = Own

            def correct(self, images, parameters, folder) -> CorrectedImages:  # type: ignore[no-untyped-def]
                return correct(images, parameters, folder)  # type: ignore[no-any-return]

        Toy.changes, Toy.planes = frozenset(allowed), planes  # type: ignore[assignment]

        class Plugin:
            @hookimpl
            def mkrefs_corrections(self) -> list[type[ImageCorrection]]:
                return [Toy]

        monkeypatch.setattr(work, "installed_plugins", lambda: load_plugins([("toys", Plugin())]))
        folder = tmp_path / "run" / "toy"
        images = tuple(
            ImageInput(f"I{place}", path.stem.removesuffix("_cal"), str(path), str(folder / path.name))
            for place, path in enumerate(image_files, start=1)
        )
        defaults = {"images": images, "parameters": {"step": 0.5}, "steps": ("photom", "outlier_detection")}
        report = str(folder / "toy.cmd1.correction.json")
        job = CorrectJob("toy-1", "toy", report=report, plugin="toys 1.0", **{**defaults, **fields})
        return job, work.correct(job, "f" * 32)

    return carry_out
