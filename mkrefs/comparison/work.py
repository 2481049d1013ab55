"""Carries out a comparison job: finds the previous file, compares, writes what differs."""

import json
from pathlib import Path

from mkrefs.comparison.compare_files import compare_files
from mkrefs.comparison.opened import open_reference
from mkrefs.comparison.previous import Previous, previous_in_context
from mkrefs.comparison.reasons import Level
from mkrefs.comparison.report import ComparisonReport, report_to_json
from mkrefs.comparison.text import report_to_text, summary
from mkrefs.jobs.checking import CompareJob
from mkrefs.storage.atomic import write_text_atomic


def run_comparison(job: CompareJob) -> tuple[str, ...]:
    """Compare a final file with the previous one, and write the comparison beside it.

    Parameters
    ----------
    job : CompareJob
        The file, what to compare it with, and where the comparison goes.

    Returns
    -------
    tuple of str
        Notes: what it was compared with, or why with nothing, the verdict, and the changes in brief.

    Raises
    ------
    UserError
        If a file that was named is of another kind, or a file cannot be read.
    """
    file, key = Path(job.file), f"validation.{job.reftype}"
    if job.previous:
        previous, where = Previous(Path(job.previous), f"given by {key}"), f"{key}: {job.previous}"
    else:
        with open_reference(file) as new:
            instrument = new.keyword("INSTRUME")
        previous = previous_in_context(file, job.reftype, instrument, job.crds, key)
        where = f"{key}: {previous.path}"
    report = compare_files(file, previous, Path(job.maps), where=f"{where}, wanted by label '{job.label}',")
    write_reports(report, Path(job.output), Path(job.text))
    if report.comparison is None or report.verdict is None:
        return (f"not compared: {previous.source}",)
    reasons = report.verdict.sentences
    first = f": {reasons[0]}" if report.verdict.verdict is Level.SUSPICIOUS else ""
    return (
        f"{report.verdict.verdict}: compared with {report.previous}, {previous.source}{first}",
        *reasons,
        *summary(report.comparison),
    )


def write_reports(report: ComparisonReport, output: Path, text: Path) -> None:
    """Write a comparison as JSON and as text."""
    write_text_atomic(text, report_to_text(report))
    write_text_atomic(output, json.dumps(report_to_json(report), indent=1) + "\n")
