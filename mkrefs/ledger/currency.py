"""Whether what a job made earlier still holds, and if not, why; never "the file exists"."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mkrefs.errors import UserError
from mkrefs.jobs.job import Job
from mkrefs.jobs.json_form import job_from_json
from mkrefs.ledger.file_record import FileRecord, KnownFiles, record_file
from mkrefs.ledger.fingerprint import covered_versions, fingerprint, recipe
from mkrefs.ledger.manifest import Manifest, manifest_path, read_manifest, write_manifest
from mkrefs.ledger.products import single_products

#: Bytes: where no more would have to be read again, a manifest is left as it is.
_MUCH = 16_000_000


@dataclass(frozen=True, slots=True)
class Currency:
    """The verdict on a job's earlier products.

    Attributes
    ----------
    current : bool
        The products are those the job would make.
    reason : str
        Why not; empty if current.
    records : tuple of FileRecord
        The job's inputs and outputs as they are now, if current.
    notes : tuple of str
        What the making of the products had to say, if current.
    worn : tuple of (Path, Manifest)
        Manifests, if current, with records as they are now: the old ones hold, but spare no reading any more,
        as of files that were moved, copied, or given other rights.
    """

    current: bool
    reason: str = ""
    records: tuple[FileRecord, ...] = ()
    notes: tuple[str, ...] = ()
    worn: tuple[tuple[Path, Manifest], ...] = ()


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """What a job depends on besides its inputs and its recipe; of the context only the rules count."""

    versions: Mapping[str, str]
    context: str
    rules: str


def currency(
    job: Job,
    *,
    versions: Mapping[str, str],
    context: str,
    rules_of: Callable[[Job], str],
    known: KnownFiles | None = None,
) -> Currency:
    """Judge whether a job's earlier products are those it would make now.

    The content of a file is read only where neither its manifest nor ``known`` has a record that shows it
    unchanged.

    Parameters
    ----------
    job : Job
        The job.
    versions : mapping of str to str
        Versions by distribution.
    context : str
        Name of the CRDS context.
    rules_of : callable
        Takes a job of one product, gives the fingerprint of the CRDS rules that it can see.
    known : mapping of str to FileRecord
        Records of files by path, made in this run.

    Returns
    -------
    Currency
        The verdict; a manifest that is absent, damaged or half written means not current.
    """
    verdicts = [
        _judge(part, _Surroundings(versions, context, rules_of(part)), known or {})
        for part in single_products(job)
    ]
    stale = next((verdict for verdict in verdicts if not verdict.current), None)
    if stale is not None:
        return stale
    records = {record.path: record for verdict in verdicts for record in verdict.records}
    notes = dict.fromkeys(note for verdict in verdicts for note in verdict.notes)
    worn = tuple(each for verdict in verdicts for each in verdict.worn)
    return Currency(current=True, records=tuple(records.values()), notes=tuple(notes), worn=worn)


def renew_manifests(verdict: Currency) -> None:
    """Write down anew what is worn of the manifests of a job that is kept; that it fails does no harm."""
    for path, manifest in verdict.worn:
        with suppress(UserError, OSError):
            write_manifest(path, manifest)


def _judge(job: Job, around: _Surroundings, known: KnownFiles) -> Currency:
    """Judge the single product of a job."""
    manifest = read_manifest(manifest_path(job))
    if manifest is None:
        exists = any(Path(output).exists() for output in job.outputs)
        return _stale("what is there has no valid manifest" if exists else "not made yet")
    if len(manifest.inputs) != len(job.inputs) or len(manifest.outputs) != len(job.outputs):
        return _stale("the job has changed")
    trusted = {record.path: record for record in (*manifest.inputs, *manifest.outputs)} | dict(known)
    try:
        inputs = tuple(record_file(path, trusted) for path in job.inputs)
    except UserError as error:
        return _stale(str(error))
    now = fingerprint(job, {record.path: record.digest for record in inputs}, around.versions, around.rules)
    if now != manifest.fingerprint:
        return _stale(_what_changed(job, manifest, inputs, around))
    return _judge_outputs(job, manifest, inputs, trusted)


def _judge_outputs(
    job: Job, manifest: Manifest, inputs: tuple[FileRecord, ...], trusted: KnownFiles
) -> Currency:
    outputs = []
    for path, made in zip(job.outputs, manifest.outputs, strict=True):
        try:
            record = record_file(path, trusted)
        except UserError:
            return _stale(f"{path} is missing or cannot be read")
        if record.digest != made.digest:
            return _stale(f"{path} was changed after it was made")
        outputs.append(record)
    now = replace(manifest, inputs=inputs, outputs=tuple(outputs))
    worn = ((manifest_path(job), now),) if _bytes_read(manifest, now) > _MUCH else ()
    return Currency(current=True, records=(*inputs, *outputs), notes=manifest.notes, worn=worn)


def _bytes_read(before: Manifest, now: Manifest) -> int:
    """Give the bytes that were read, as the records had to be doubted, and need not be the next time."""
    doubted = {*now.inputs, *now.outputs} - {*before.inputs, *before.outputs}
    return sum(record.size for record in doubted if record.ctime_ns)


def _what_changed(job: Job, manifest: Manifest, inputs: tuple[FileRecord, ...], around: _Surroundings) -> str:
    for package in covered_versions(job):
        then, now = manifest.versions.get(package), around.versions.get(package, "")
        if then != now:
            return f"made with {package} {then}, now {now}"
    if manifest.rules != around.rules:
        return (
            f"made by other rules of CRDS, those of {manifest.context or 'no context'}, now {around.context}"
        )
    for record, then_record in zip(inputs, manifest.inputs, strict=True):
        if record.digest != then_record.digest:
            return f"its input {Path(record.path).name} has changed"
    before = _recipe_before(manifest)
    for name, value in recipe(job).items():
        if before.get(name) != value:
            return f"{name} changed"
    return "its recipe or the names of its inputs changed"


def _recipe_before(manifest: Manifest) -> Mapping[str, Any]:
    try:
        return recipe(job_from_json(manifest.job))
    except UserError:  # of another version of mkrefs
        return {}


def _stale(reason: str) -> Currency:
    return Currency(current=False, reason=reason)
