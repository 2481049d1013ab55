"""Holds one reference file to the checks and limits for it."""

import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from pydantic import ValidationError

from mkrefs.contract.checks import CheckedFile, CheckLimits, Finding, MadeFrom, Severity
from mkrefs.errors import UserError
from mkrefs.gate.limit_tables import tables_for
from mkrefs.gate.open_file import opened
from mkrefs.gate.provenance import from_file
from mkrefs.gate.report import FILE, GateReport, LimitInForce
from mkrefs.gate.rules import GateRules
from mkrefs.gate.unreadable import UnreadableFile

#: What becomes of a check whose severity is set to this.
_IGNORE = "ignore"
RulesFor = Callable[[CheckedFile], GateRules]


def check_file(path: Path, rules: GateRules | RulesFor, made_from: MadeFrom | None = None) -> GateReport:
    """Check a reference file.

    Parameters
    ----------
    path : Path
        The file, whoever made it.
    rules : GateRules or callable
        What it is held to; a callable takes the opened file.
    made_from : MadeFrom or None
        What is known of the exposures; None takes what the file itself, or a manifest beside it, tells.

    Returns
    -------
    GateReport
        A file that cannot be read has that as its one finding.

    Raises
    ------
    UserError
        If a check is not installed, or its limits are not allowed.
    """
    known = (lambda _: made_from) if made_from else partial(from_file, path)
    try:
        with opened(path, known) as file:
            return _checked(path, file, rules if isinstance(rules, GateRules) else rules(file))
    except UnreadableFile as error:
        what = str(error).removeprefix(f"{path}: ").rstrip(".")
        return GateReport(
            str(path),
            (Finding(Severity.ERROR, FILE, what, path.name, "a reference file in FITS or ASDF form"),),
        )


def _checked(path: Path, file: CheckedFile, rules: GateRules) -> GateReport:
    instrument, detector = file.text("INSTRUME"), file.text("DETECTOR")
    findings: list[Finding] = []
    made: list[str] = []
    shown: dict[str, dict[str, LimitInForce]] = {}
    for name in rules.names_for(file.reftype):
        limits, sources = _limits(rules, name, file.reftype, instrument, detector)
        if limits.severity == _IGNORE:
            continue
        made.append(name)
        values = limits.model_dump(mode="json")
        shown[name] = {limit: LimitInForce(value, sources.get(limit, "")) for limit, value in values.items()}
        findings += _findings(rules, name, file, limits)
    return GateReport(
        file=str(path),
        findings=tuple(sorted(findings, key=lambda each: each.severity is not Severity.ERROR)),
        reftype=file.reftype,
        instrument=instrument,
        detector=detector,
        subarray=file.text("SUBARRAY"),
        checks=tuple(made),
        limits=shown,
        tables=tables_for(instrument),
        made_from=file.made_from.source if file.made_from else "",
    )


def _limits(
    rules: GateRules, name: str, reftype: str, instrument: str, detector: str
) -> tuple[CheckLimits, dict[str, str]]:
    if name not in rules.checks:
        there = ", ".join(sorted(rules.checks)) or "none"
        raise UserError(f"no installed plugin provides the check '{name}'; there are {there}.")
    try:
        return rules.in_force(name, reftype, instrument, detector)
    except ValidationError as error:
        said = " ".join(str(error).split("\n")[1:3])
        raise UserError(f"the limits of the check '{name}' are not allowed: {said}.") from error


def _findings(rules: GateRules, name: str, file: CheckedFile, limits: CheckLimits) -> Iterator[Finding]:
    """Give what a check finds; one that breaks down on a file has not passed it."""
    found: list[Finding] = []
    try:
        for each in rules.checks[name]().check(file, limits):
            found.append(_plain(each))  # noqa: PERF401 - what came before it breaks down stays
    except UnreadableFile:
        raise
    except UserError as error:
        found.append(Finding(Severity.ERROR, name, str(error).rstrip(".")))
    except Exception as error:  # noqa: BLE001 - whatever a plugin raises ends its check, not those of others
        said = " ".join(f"{type(error).__name__}: {error}".split())
        what = f"the check broke down on this file: {said}"
        found.append(Finding(Severity.ERROR, name, what, _place(error), "a check that its author has mended"))
    for each in found:
        mild = limits.severity == Severity.WARNING.value
        yield replace(each, severity=Severity.WARNING) if mild else each


def _place(error: BaseException) -> str:
    """Name the line of the program that raised an error."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{Path(frame.filename).name}:{frame.lineno}"


def _plain(finding: Finding) -> Finding:
    """Give a finding of a plugin with values of the types that it should have."""
    if not isinstance(finding, Finding):
        raise TypeError(f"it gave a {type(finding).__name__} instead of a Finding")
    check, what, where, limit = map(str, (finding.check, finding.what, finding.where, finding.limit))
    return Finding(Severity(finding.severity), check, what, where, limit)
