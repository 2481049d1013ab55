"""What the gate found, as tables to be read and as JSON."""

import json
from collections import Counter
from collections.abc import Sequence

from mkrefs.cli.console import make_console, make_table, short_path
from mkrefs.contract.checks import Severity
from mkrefs.counting import counted
from mkrefs.gate.report import GateReport, reports_to_json

_STYLES = {Severity.ERROR: "red", Severity.WARNING: "yellow"}


def show_reports(reports: Sequence[GateReport]) -> None:
    """Print for each file the verdict and a table of what was found, and at the end how many passed."""
    from rich.text import Text

    console = make_console()
    for report in reports:
        known = f" ({report.identity})" if report.identity else ""
        console.print(f"{short_path(report.file)}{known}: {report.verdict}", style="bold")
        if report.findings:
            table = make_table("severity", "check", "found", "where", "right")
            for each in report.findings:
                severity = Text(each.severity.value, style=_STYLES[each.severity])
                table.add_row(severity, each.check, each.what, each.where, each.limit)
            console.print(table)
            console.print()
    counts = Counter(report.passed for report in reports)
    words = [f"{counts[good]} {word}" for good, word in ((True, "passed"), (False, "failed")) if counts[good]]
    console.print(f"{counted(len(reports), 'file')} checked: {', '.join(words)}")


def reports_as_json(reports: Sequence[GateReport]) -> str:
    """Give everything that is known of the files as JSON."""
    return json.dumps(reports_to_json(reports), indent=1)
