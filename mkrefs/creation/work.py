"""Carries out a creation job: one group of calibrated exposures becomes one individual reference file."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import cast

from mkrefs.contract.creator import Creator, ImageCreator
from mkrefs.contract.parameters import ReferenceParameters
from mkrefs.contract.reference_data import ReferenceData
from mkrefs.creation.fits_ramp import FitsRamp
from mkrefs.drawing import write_figures
from mkrefs.images.fits_image import FitsImage
from mkrefs.images.state import state_lines
from mkrefs.jobs.making import CreateJob, RoleInput
from mkrefs.jobs.outcome import warnings_as_notes
from mkrefs.reference_files.bare_arrays import bare_arrays_path, write_bare_arrays
from mkrefs.reference_files.content import content_from_plugin
from mkrefs.reference_files.fits_file import write_reference_file
from mkrefs.reference_files.header import ReferenceHeader
from mkrefs.reference_files.history import (
    Provenance,
    calibration_state,
    history_lines,
    read_out,
    references_used,
)
from mkrefs.registry.plugins import installed_plugins


def create(job: CreateJob, fingerprint: str) -> tuple[str, ...]:
    """Make one individual reference file.

    Parameters
    ----------
    job : CreateJob
        What to make from what.
    fingerprint : str
        Of the job; written to HISTORY.

    Returns
    -------
    tuple of str
        The calibration state, and notes of the creator.

    Raises
    ------
    UserError
        If an input cannot be read, the creator cannot make a file from the inputs, or does not keep its
        contract.
    """
    creator = installed_plugins().creator(job.label)
    parameters = creator.Parameters.model_validate(job.parameters)
    if issubclass(creator, ImageCreator):
        data, state = _from_images(job, creator, parameters)
    else:
        data, state = _from_ramps(job, cast(type[Creator], creator), parameters)
    if parameters.save_tmp:
        write_bare_arrays(bare_arrays_path(Path(job.output)), data)
    provenance = Provenance(
        made_by=job.label,
        plugin=job.plugin,
        inputs=[f"{each.role}: {Path(each.path).name}" for each in job.ramps],
        state=(read_out(job.metadata), *state),
        parameters=job.parameters,
        fingerprint=fingerprint,
        days=job.days,
    )
    history = history_lines(provenance, text=parameters.history, results=data.results)
    header = ReferenceHeader(job.reftype, job.metadata, parameters, history)
    write_figures(Path(job.output), data.figures)
    write_reference_file(Path(job.output), data, header)
    return (*provenance.state, *data.history, *warnings_as_notes(data.warnings))


def _from_ramps(
    job: CreateJob, creator: type[Creator], parameters: ReferenceParameters
) -> tuple[ReferenceData, tuple[str, ...]]:
    """Make the content of a file from ramps, and tell what these had been through."""
    with ExitStack() as stack:
        ramps = {each.role: stack.enter_context(_opened(each)) for each in job.ramps}
        data = _content(job, lambda: creator().create(ramps, parameters))
        done = frozenset.intersection(*(ramp.done for ramp in ramps.values()))
        references = references_used([ramp.references for ramp in ramps.values()])
        return data, (*calibration_state(job.steps, done), *references)


def _from_images(
    job: CreateJob, creator: type[ImageCreator], parameters: ReferenceParameters
) -> tuple[ReferenceData, tuple[str, ...]]:
    """Make the content of a file from calibrated images, and tell what these had been through."""
    images = {each.role: FitsImage(Path(each.path), each.exposure, job.crds) for each in job.ramps}
    data = _content(job, lambda: creator().create(images, parameters))
    state = state_lines(job.steps, [image.header for image in images.values()])
    return data, (*state, *references_used([image.references for image in images.values()]))


def _content(job: CreateJob, make: Callable[[], object]) -> ReferenceData:
    return content_from_plugin(
        make, maker=f"{job.label} ({job.plugin})", reftype=job.reftype, metadata=job.metadata
    )


def _opened(each: RoleInput) -> FitsRamp:
    images = {name: Path(path) for name, path in each.images.items()}
    return FitsRamp(Path(each.path), images, Path(each.raw) if each.raw else None)
