"""What a trial insertion tells, as JSON values and back, and as lines to be read."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mkrefs.crds_context.coverage import (
    NOT_NEEDED,
    CoverageChange,
    ExposureValues,
    Finding,
    InsertedFile,
    Kind,
    TrialInsertion,
)

#: Number of the JSON form.
FORM = 1
_MOST_SHOWN = 8
_BARE = frozenset(("DETECTOR", "READPATT", "SUBARRAY", "EXP_TYPE", "FILTER", "PUPIL", "GRATING"))


def trial_to_json(trial: TrialInsertion) -> dict[str, Any]:
    """Give all that a trial insertion tells as JSON values."""
    return {
        "mkrefs_trial_insertion": FORM,
        "context": trial.context,
        "files": [{**asdict(file), "source": str(file.source)} for file in trial.files],
        "changes": [asdict(change) for change in trial.changes],
        "findings": [
            {**asdict(finding), "kind": finding.kind.value, "stops": finding.stops}
            for finding in trial.findings
        ],
    }


def trial_from_json(form: Mapping[str, Any]) -> TrialInsertion:
    """Read back what `trial_to_json` gave."""
    return TrialInsertion(
        form["context"],
        tuple(_file(one) for one in form["files"]),
        tuple(_change(one) for one in form["changes"]),
        tuple(_finding(one) for one in form["findings"]),
    )


def exposures_text(change: CoverageChange) -> str:
    """Name exposures in a few words, as in ``NRCA1 RAPID, any SUBARRAY but FULL``."""
    bare: list[str] = []
    phrases: list[str] = []
    for one in change.exposures:
        if one.values and one.keyword in _BARE:
            bare.append("|".join(_shortened(one.values)))
        elif one.values:
            phrases.append(f"{one.keyword} {'|'.join(_shortened(one.values))}")
        elif one.but:
            phrases.append(f"any {one.keyword} but {', '.join(_shortened(one.but))}")
    return ", ".join([" ".join(bare), *phrases] if bare else phrases) or "all exposures"


def dates_text(change: CoverageChange) -> str:
    """Say between which dates, as in ``from 2022-07-01 until 2023-01-01``."""
    since = f"from {_date(change.since)}" if change.since else ""
    until = f"until {_date(change.until)}" if change.until else ""
    return " ".join(part for part in (since, until) if part) or "at all dates"


def change_text(change: CoverageChange) -> str:
    """Say what changes for whom, in one line."""
    return (
        f"{change.instrument} {change.reftype}: {exposures_text(change)}, {dates_text(change)}: "
        f"{file_text(change.before)} -> {file_text(change.after)}"
    )


def file_text(name: str) -> str:
    """Name a file, or say what there is instead."""
    return {"": "no file (an error)", NOT_NEEDED: "none needed"}.get(name, name)


def trial_lines(trial: TrialInsertion) -> Iterator[str]:
    """Give what a trial insertion tells, line by line: findings first, those that stop before the others."""
    for finding in trial.findings:
        yield f"{finding.kind.value}: {finding.sentence}"
    for change in trial.changes:
        yield change_text(change)
    if not trial.changes:
        yield "no exposure gets another file"


def _date(useafter: str) -> str:
    return useafter.removesuffix(" 00:00:00")


def _shortened(values: tuple[str, ...]) -> tuple[str, ...]:
    left = len(values) - _MOST_SHOWN
    return (*values[:_MOST_SHOWN], f"{left} more") if left > 1 else values


def _file(form: Mapping[str, Any]) -> InsertedFile:
    category = tuple((str(keyword), str(value)) for keyword, value in form["category"])
    return InsertedFile(**{**form, "source": Path(form["source"]), "category": category})


def _change(form: Mapping[str, Any]) -> CoverageChange:
    exposures = tuple(
        ExposureValues(one["keyword"], tuple(one["values"]), tuple(one["but"])) for one in form["exposures"]
    )
    return CoverageChange(**{**form, "exposures": exposures})


def _finding(form: Mapping[str, Any]) -> Finding:
    return Finding(Kind(form["kind"]), tuple(form["files"]), form["text"], form["remedy"])
