"""Makes an individual reference file from calibrated ramps, as a run of mkrefs does: FITS in, FITS out."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from mkrefs.contract.exposure_metadata import ExposureMetadata
from mkrefs.creation.fits_ramp import FitsRamp
from mkrefs.creation.work import create as create_reference_file
from mkrefs.jobs.making import CreateJob, RoleInput
from mkrefs.registry.plugins import installed_plugins


def create(given: Mapping[str, Any]) -> None:
    """Make the file.

    Parameters
    ----------
    given : mapping
        ``label``, ``ramps`` (paths), ``parameters`` of the label, and ``output``; for labels that want them,
        ``images``: for each ramp paths by product; ``role``, if the exposures are no darks; ``cores``.
    """
    creator = installed_plugins().creator(given["label"])
    known = creator.Parameters.model_fields
    threads = {"nproc": given["cores"]} if "nproc" in known else {}
    parameters = creator.Parameters.model_validate({**threads, **given.get("parameters", {})})
    images = given.get("images") or [{}] * len(given["ramps"])
    inputs = zip(given["ramps"], images, strict=True)
    job = CreateJob(
        id="benchmark",
        label=given["label"],
        reftype=creator.reftype,
        ramps=tuple(
            RoleInput(f"{given.get('role', 'D')}{number}", Path(path).name, path, images=products)
            for number, (path, products) in enumerate(inputs, start=1)
        ),
        parameters=parameters.model_dump(mode="json"),
        metadata=_metadata(given["ramps"][0]),
        output=given["output"],
    )
    create_reference_file(job, "benchmark")


@cache
def _metadata(path: str) -> ExposureMetadata:
    """Read what in a run the catalog knows before the work begins."""
    with FitsRamp(Path(path)) as ramp:
        return ramp.metadata
