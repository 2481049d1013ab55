"""All that the page tells of one final file: the file itself, and the documents that lie beside it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mkrefs.errors import UserError
from mkrefs.jobs.outcome import State
from mkrefs.overview.records import Presence, ProductRecord
from mkrefs.report.comparison_view import ComparisonView, view_comparison
from mkrefs.report.documents import read_document, read_text
from mkrefs.report.numbers import NONE
from mkrefs.report.provenance import ProvenanceView, view_provenance
from mkrefs.report.reference_file import FileView, view_file
from mkrefs.report.verdicts import (
    FindingLine,
    Verdict,
    certify_findings,
    check_findings,
    of_findings,
    of_state,
)
from mkrefs.report.verification_view import VerificationView, view_verification

#: The columns of the summary by the last word of a report's name, in their order.
COLUMNS = {
    "certify": "crds certify",
    "checks": "checks",
    "test4datamodel": "data model",
    "test4ssb": "pipeline steps",
    "quality_check": "pipeline",
    "comparison": "comparison",
    "verification": "verification",
}
#: Reports that are shown as they are.
_TEXTS = ("certify", "test4datamodel", "test4ssb", "quality_check")
_MOST_TEXT = 20_000
_PRESENCE = {
    Presence.CHANGED: "changed since it was made",
    Presence.GONE: "gone",
    Presence.UNKNOWN: "not vouched for by a manifest",
}


@dataclass(frozen=True, slots=True)
class FileReport:
    """What the page tells of a final file.

    Attributes
    ----------
    anchor : str
        Name of its place on the page.
    path : str
        As seen from the run folder.
    label, title : str
        The label; type, detector and mode.
    state, reason : str
        How the job that makes it ended, and why.
    presence : str
        What is odd about the file, if anything is.
    took : float or None
        Seconds that it took to make.
    verdicts : mapping of str to Verdict
        By column of the summary; those that nothing is known of are absent.
    problem : str
        Why the file itself cannot be shown; empty if it is.
    view : FileView or None
        The file.
    findings : tuple of FindingLine
        Of certification and checks, errors first.
    comparison, verification
        Where there are any.
    provenance : ProvenanceView
        Where it comes from.
    texts : mapping of str to str
        Reports as they are, by the names of their columns.
    """

    anchor: str
    path: str
    label: str
    title: str
    state: str
    reason: str
    presence: str
    took: float | None
    verdicts: Mapping[str, Verdict]
    problem: str
    view: FileView | None
    findings: tuple[FindingLine, ...]
    comparison: ComparisonView | None
    verification: VerificationView | None
    provenance: ProvenanceView
    texts: Mapping[str, str] = field(default_factory=dict)


def report_file(
    record: ProductRecord, others: Sequence[ProductRecord], folder: Path, number: int
) -> FileReport:
    """Collect what is known of a final file.

    Parameters
    ----------
    record : ProductRecord
        The file.
    others : sequence of ProductRecord
        All products of the run.
    folder : Path
        The run folder.
    number : int
        Of the file on the page.

    Returns
    -------
    FileReport
    """
    path = Path(record.file)
    states = _states(path, others)
    documents = {name: _document(path, name, states.get(name)) for name in COLUMNS}
    view, problem = _viewed(path, record)
    findings = (*certify_findings(documents["certify"]), *check_findings(documents["checks"]))
    units = {line.name: line.unit for line in view.arrays if line.unit != NONE} if view else {}
    comparison = view_comparison(documents["comparison"], path.parent, units)
    verification = view_verification(documents["verification"])
    return FileReport(
        anchor=f"file-{number}",
        path=_inside(path, folder),
        label=record.label,
        title=_title(view, record),
        state=record.state,
        reason=record.reason,
        presence=_PRESENCE.get(record.presence, ""),
        took=record.seconds,
        verdicts=_verdicts(documents, states, comparison, verification),
        problem=problem,
        view=view,
        findings=tuple(sorted(findings, key=lambda each: ("bad", "look", "plain").index(each.tone))),
        comparison=comparison,
        verification=verification,
        provenance=view_provenance(path, view.history if view else ()),
        texts={
            COLUMNS[name]: said
            for name in _TEXTS
            if states.get(name) != State.SKIPPED
            and (said := read_text(_beside(path, f"{name}.txt"))[:_MOST_TEXT])
        },
    )


def _states(path: Path, others: Sequence[ProductRecord]) -> dict[str, str]:
    """Give how the jobs ended that look at a file, by the last word of their reports' names."""
    return {
        word: other.state
        for other in others
        if (word := Path(other.file).stem.rpartition(".")[2]) in COLUMNS and str(path) in other.inputs
    }


def _document(path: Path, name: str, state: str | None) -> Mapping[str, Any]:
    """Read a document beside a file, unless it is of an earlier file of this name."""
    document = _beside(path, f"{name}.json")
    if state == State.SKIPPED or (state == State.FAILED and _older(document, path)):
        return {}
    return read_document(document)


def _older(document: Path, path: Path) -> bool:
    try:
        return document.stat().st_mtime_ns < path.stat().st_mtime_ns
    except OSError:
        return True


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(f"{path.name.removesuffix('.fits')}.{suffix}")


def _viewed(path: Path, record: ProductRecord) -> tuple[FileView | None, str]:
    if not path.is_file():
        return None, record.reason or "The file is not there."
    try:
        return view_file(path), ""
    except UserError as error:
        return None, str(error)


def _verdicts(
    documents: Mapping[str, Mapping[str, Any]],
    states: Mapping[str, str],
    comparison: ComparisonView | None,
    verification: VerificationView | None,
) -> dict[str, Verdict]:
    """Give a verdict for each column: what a document says, else how the job ended."""
    said: dict[str, Verdict] = {name: of_state(state, _GOOD[name]) for name, state in states.items()}
    if documents["certify"]:
        said["certify"] = of_findings(certify_findings(documents["certify"]))
    if documents["checks"]:
        said["checks"] = of_findings(check_findings(documents["checks"]))
    if comparison is not None:
        said["comparison"] = comparison.verdict
    if verification is not None:
        said["verification"] = verification.verdict
    return said


_GOOD = {
    "certify": "0 errors",
    **dict.fromkeys(COLUMNS, "passed"),
    "comparison": "done",
    "verification": "done",
}


def _title(view: FileView | None, record: ProductRecord) -> str:
    """Name a file by type, detector and mode, or else by its label."""
    keywords = ("REFTYPE", "DETECTOR", "SUBARRAY", "READPATT", "FILTER")
    found = [view.header.get(keyword, "") for keyword in keywords] if view else []
    words = [found[0].lower(), *found[1:]] if found else []
    return " ".join(word for word in words if word and word != "ANY") or record.label or "reference file"


def _inside(path: Path, folder: Path) -> str:
    return str(path.relative_to(folder)) if path.is_relative_to(folder) else str(path)
