"""Reads the individual files, calls the combiner, writes the final file."""

from collections.abc import Sequence
from pathlib import Path

from mkrefs.jobs.making import CombineJob
from mkrefs.jobs.outcome import warnings_as_notes
from mkrefs.ledger.manifest import manifest_beside, read_manifest
from mkrefs.reference_files.content import content_from_plugin
from mkrefs.reference_files.fits_file import read_reference_file, write_reference_file
from mkrefs.reference_files.header import ReferenceHeader
from mkrefs.reference_files.history import Provenance, calibration_state, history_lines, read_out
from mkrefs.registry.plugins import installed_plugins


def combine(job: CombineJob, fingerprint: str) -> tuple[str, ...]:
    """Make the final reference file of one mode.

    Parameters
    ----------
    job : CombineJob
        What to combine, and how.
    fingerprint : str
        Of the job; written to HISTORY.

    Returns
    -------
    tuple of str
        Notes of the combiner.

    Raises
    ------
    UserError
        If an individual file cannot be read, the files do not fit together, or the combiner does not keep
        its contract.
    """
    plugins = installed_plugins()
    combiner = plugins.combiner(job.combiner)
    parameters = plugins.creator(job.label).Parameters.model_validate(job.parameters)
    several = len(job.individuals) > 1  # a single one is passed on as a whole
    individuals = [read_reference_file(Path(path), job.reftype, mapped=several) for path in job.individuals]
    settings = combiner.Parameters.model_validate(job.combiner_parameters)
    data = content_from_plugin(
        lambda: combiner().combine(individuals, settings),
        maker=f"combiner {job.combiner} ({job.plugin})",
        reftype=job.reftype,
        metadata=job.metadata,
    )
    provenance = Provenance(
        made_by=f"combiner {job.combiner}",
        plugin=job.plugin,
        inputs=[Path(path).name for path in job.individuals],
        exposures=job.exposures,
        state=_shared_notes(job.individuals)
        or (read_out(job.metadata), *calibration_state(job.steps, job.steps)),
        parameters={**job.parameters, "combiner_parameters": dict(job.combiner_parameters)},
        fingerprint=fingerprint,
        days=job.days,
    )
    history = history_lines(provenance, text=parameters.history, results=data.results)
    header = ReferenceHeader(job.reftype, job.metadata, parameters, history)
    write_reference_file(Path(job.output), data, header)
    return (*data.history, *warnings_as_notes(data.warnings))


def _shared_notes(individuals: Sequence[str]) -> tuple[str, ...]:
    """Give what the making of all individual files had to say alike; nothing where one has no manifest."""
    manifests = [read_manifest(manifest_beside(Path(path))) for path in individuals]
    notes = [manifest.notes for manifest in manifests if manifest is not None]
    if len(notes) < len(individuals):
        return ()
    return tuple(note for note in notes[0] if all(note in others for others in notes))
