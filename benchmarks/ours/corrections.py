"""Corrects a group of calibrated images, as a run of mkrefs does: FITS in, FITS out."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mkrefs.correction.work import correct as correct_images
from mkrefs.jobs.correcting import CorrectJob, ImageInput
from mkrefs.registry.plugins import installed_plugins


def correct(given: Mapping[str, Any]) -> None:
    """Correct the images.

    Parameters
    ----------
    given : mapping
        ``label``, ``images`` (paths), ``parameters`` of the label, and ``output``: the corrected images go
        to the folder of that path under the names they have.
    """
    parameters = (
        installed_plugins().correction(given["label"]).Parameters.model_validate(given.get("parameters", {}))
    )
    folder = Path(given["output"]).parent
    images = tuple(
        ImageInput(f"I{number}", Path(path).stem.rpartition("_")[0], path, str(folder / Path(path).name))
        for number, path in enumerate(given["images"], start=1)
    )
    job = CorrectJob(
        id="benchmark",
        label=given["label"],
        images=images,
        parameters=parameters.model_dump(mode="json"),
        report=str(folder / "answer.correction.json"),
    )
    correct_images(job, "benchmark")
