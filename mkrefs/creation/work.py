"""Carries out a creation job: one group of calibrated exposures becomes one individual reference file."""

from contextlib import ExitStack
from pathlib import Path

from mkrefs.creation.figures import write_figures
from mkrefs.creation.fits_ramp import FitsRamp
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
from mkrefs.registry.plugins import load_plugins


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
    creator = load_plugins().creator(job.label)
    parameters = creator.Parameters.model_validate(job.parameters)
    with ExitStack() as stack:
        ramps = {each.role: stack.enter_context(_opened(each)) for each in job.ramps}
        data = content_from_plugin(
            lambda: creator().create(ramps, parameters),
            maker=f"{job.label} ({job.plugin})",
            reftype=job.reftype,
            metadata=job.metadata,
        )
        done = frozenset.intersection(*(ramp.done for ramp in ramps.values()))
        references = [ramp.references for ramp in ramps.values()]
    if parameters.save_tmp:
        write_bare_arrays(bare_arrays_path(Path(job.output)), data)
    provenance = Provenance(
        made_by=job.label,
        plugin=job.plugin,
        inputs=[f"{each.role}: {Path(each.path).name}" for each in job.ramps],
        state=(read_out(job.metadata), *calibration_state(job.steps, done), *references_used(references)),
        parameters=job.parameters,
        fingerprint=fingerprint,
        days=job.days,
    )
    history = history_lines(provenance, text=parameters.history, results=data.results)
    header = ReferenceHeader(job.reftype, job.metadata, parameters, history)
    write_figures(Path(job.output), data.figures)
    write_reference_file(Path(job.output), data, header)
    return (*provenance.state, *data.history, *warnings_as_notes(data.warnings))


def _opened(each: RoleInput) -> FitsRamp:
    images = {name: Path(path) for name, path in each.images.items()}
    return FitsRamp(Path(each.path), images, Path(each.raw) if each.raw else None)
