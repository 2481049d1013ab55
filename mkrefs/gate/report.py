"""What the gate found in one file, as values, as JSON and as text."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from mkrefs.contract.checks import Finding, Severity
from mkrefs.counting import counted
from mkrefs.errors import UserError

#: Name of the findings that no check makes: the file cannot be looked at.
FILE = "file"
#: Number of the JSON form.
REPORT_FORMAT = 1


@dataclass(frozen=True, slots=True)
class LimitInForce:
    """The value of a limit, and who set it: empty for the check itself."""

    value: Any
    source: str = ""


@dataclass(frozen=True, slots=True)
class GateReport:
    """What the gate found in one file.

    Attributes
    ----------
    file : str
        The file.
    reftype, instrument, detector, subarray : str
        As its header says, REFTYPE in lower case; empty if it does not.
    findings : tuple of Finding
        Errors first.
    checks : tuple of str
        The checks that were made.
    limits : mapping of str to mapping of str to LimitInForce
        The limits of these, by check and name.
    made_from : str
        Who told of the exposures; empty if nobody did.
    tables : mapping of str to int
        Versions of the tables of limits that hold for the instrument, by name.
    """

    file: str
    findings: tuple[Finding, ...]
    reftype: str = ""
    instrument: str = ""
    detector: str = ""
    subarray: str = ""
    checks: tuple[str, ...] = ()
    limits: Mapping[str, Mapping[str, LimitInForce]] = field(default_factory=dict)
    made_from: str = ""
    tables: Mapping[str, int] = field(default_factory=dict)

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that fail the file."""
        return tuple(each for each in self.findings if each.severity is Severity.ERROR)

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """The findings that somebody should look at."""
        return tuple(each for each in self.findings if each.severity is Severity.WARNING)

    @property
    def passed(self) -> bool:
        """Whether the file passes the gate."""
        return not self.errors

    @property
    def identity(self) -> str:
        """Type, instrument, detector and subarray, as far as they are known."""
        return " ".join(
            part for part in (self.reftype, self.instrument, self.detector, self.subarray) if part
        )

    @property
    def verdict(self) -> str:
        """Whether it passes, and the number of findings."""
        counts = [(len(self.errors), "error"), (len(self.warnings), "warning")]
        found = ", ".join(counted(number, what) for number, what in counts if number)
        return f"{'passed' if self.passed else 'failed'}{': ' if found else ''}{found}"


class GateFailed(UserError):  # noqa: N818 - says what happened to a job, as Outcome does
    """A reference file in which the gate finds errors."""


def sentence(finding: Finding) -> str:
    """Give a finding as a sentence, without a full stop: check, what, where, limit."""
    where = f" ({finding.where})" if finding.where else ""
    limit = f"; right is {finding.limit}" if finding.limit else ""
    return f"{finding.check}: {finding.what}{where}{limit}"


def report_text(report: GateReport) -> str:
    """Give a report as text to be read."""
    return "\n".join(_lines(report)) + "\n"


def report_to_json(report: GateReport) -> dict[str, Any]:
    """Give a report as JSON values."""
    content = {**asdict(report), "passed": report.passed}
    content["findings"] = [{**asdict(each), "severity": each.severity.value} for each in report.findings]
    return content


def reports_to_json(reports: Iterable[GateReport]) -> dict[str, Any]:
    """Give reports as one JSON document, with the number of its form."""
    return {"mkrefs_checks": REPORT_FORMAT, "files": [report_to_json(report) for report in reports]}


def _lines(report: GateReport) -> Iterator[str]:
    name = report.file.rpartition("/")[2]
    yield f"{name}{': ' if report.identity else ''}{report.identity}: {report.verdict}"
    yield from (f"{each.severity.value}: {sentence(each)}" for each in report.findings)
    yield f"Exposures: {f'told of by {report.made_from}' if report.made_from else 'nothing tells of them'}"
    tables = ", ".join(f"{name} {version}" for name, version in report.tables.items())
    yield f"Checks and limits{f' (tables {tables})' if tables else ''}:"
    for check in report.checks:
        values = report.limits.get(check, {})
        yield f"  {check}"
        for limit, entry in values.items():
            yield f"    {limit}: {_shown(entry.value)}{f'  ({entry.source})' if entry.source else ''}"


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {each}" for key, each in value.items()) or "none"
    if isinstance(value, tuple | list):
        return ", ".join(map(str, value)) or "any"
    return "none" if value is None else str(value)
