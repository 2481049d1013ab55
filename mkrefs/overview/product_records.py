"""What became of the files of a run: the last word on each in the journal, and the manifest beside it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import get_args

from mkrefs.jobs.exposures import exposures_of
from mkrefs.jobs.job import Job
from mkrefs.jobs.outcome import State
from mkrefs.ledger.file_record import same_stat
from mkrefs.ledger.journal import JobEnded
from mkrefs.ledger.manifest import MANIFEST_SUFFIX, Manifest, manifest_beside, read_manifest
from mkrefs.overview.records import Presence, ProductRecord

#: The kinds of job in the order in which things are made; those of other versions come last.
_KINDS = tuple(kind.__name__ for kind in get_args(Job))


def product_records(ended: Sequence[JobEnded], folder: Path) -> tuple[ProductRecord, ...]:
    """Tell what became of each file.

    Parameters
    ----------
    ended : sequence of JobEnded
        All that the journal tells of jobs, in the order of time.
    folder : Path
        The run folder; files in it that only a manifest tells of are told of too.

    Returns
    -------
    tuple of ProductRecord
        By kind of job, then by path.
    """
    events: dict[str, list[JobEnded]] = {}
    for event in ended:
        for file in event.outputs:
            events.setdefault(file, []).append(event)
    found = {file: _from_journal(file, told) for file, told in events.items()}
    for file, manifest in _manifests(folder):
        if file not in found:
            found[file] = _from_manifest(file, manifest)
    records = (_with_exposures(record, found) for record in found.values())
    return tuple(sorted(records, key=_place))


def _from_journal(file: str, events: Sequence[JobEnded]) -> ProductRecord:
    last = events[-1]
    making = next((event for event in reversed(events) if event.state == State.MADE), None)
    manifest = _manifest_of(file, last.outputs)
    made, seconds = (making.time, making.seconds) if making else (None, None)
    if manifest is not None:
        made, seconds = _ended(manifest), manifest.seconds
    was_there = manifest is not None or any(event.state in (State.MADE, State.KEPT) for event in events)
    return ProductRecord(
        file=file,
        kind=last.kind,
        label=last.label,
        job=last.job,
        state=last.state,
        reason=last.reason,
        told=last.time,
        presence=_presence(file, manifest, was_there=was_there),
        made=made,
        seconds=seconds,
        exposures=last.exposures,
        inputs=last.inputs,
        log=last.log,
        notes=manifest.notes if manifest else (),
        peak_memory=manifest.peak_memory if manifest else 0,
    )


def _from_manifest(file: str, manifest: Manifest) -> ProductRecord:
    return ProductRecord(
        file=file,
        kind=str(manifest.job.get("kind", "")),
        label=str(manifest.job.get("label", "")),
        job=str(manifest.job.get("id", "")),
        state=manifest.state,
        reason="",
        told=_ended(manifest),
        presence=_presence(file, manifest, was_there=True),
        made=_ended(manifest),
        seconds=manifest.seconds,
        exposures=exposures_of(manifest.job),
        inputs=tuple(record.path for record in manifest.inputs),
        log="",
        notes=manifest.notes,
        peak_memory=manifest.peak_memory,
    )


def _manifests(folder: Path) -> Iterator[tuple[str, Manifest]]:
    """Find the files below a folder that have manifests; temporaries in hidden folders do not count."""
    for path in sorted(folder.rglob(f"*{MANIFEST_SUFFIX}")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        manifest = None if hidden else read_manifest(path)
        if manifest is not None:
            yield from (
                (str(path.with_name(Path(record.path).name)), manifest) for record in manifest.outputs
            )


def _manifest_of(file: str, outputs: Sequence[str]) -> Manifest | None:
    """Read the manifest that speaks of a file: its own, or that of the first file of its job."""
    return read_manifest(manifest_beside(Path(file))) or read_manifest(manifest_beside(Path(outputs[0])))


def _presence(file: str, manifest: Manifest | None, *, was_there: bool) -> Presence:
    path = Path(file)
    try:
        status = path.stat()
    except OSError:
        return Presence.GONE if was_there else Presence.NONE
    records = manifest.outputs if manifest else ()
    record = next((record for record in records if Path(record.path).name == path.name), None)
    if record is None:
        return Presence.UNKNOWN
    return Presence.THERE if same_stat(record, status) else Presence.CHANGED


def _ended(manifest: Manifest) -> datetime:
    return datetime.fromisoformat(manifest.ended)


def _with_exposures(record: ProductRecord, all_records: Mapping[str, ProductRecord]) -> ProductRecord:
    """Let a job that names no exposures itself, such as a certification, speak of those of its inputs."""
    if record.exposures:
        return record
    makers = (all_records[path] for path in record.inputs if path in all_records)
    return replace(
        record, exposures=tuple(dict.fromkeys(name for maker in makers for name in maker.exposures))
    )


def _place(record: ProductRecord) -> tuple[int, str]:
    return (_KINDS.index(record.kind) if record.kind in _KINDS else len(_KINDS), record.file)
