"""Carries out a gate job: what a worker does for it."""

import json
from pathlib import Path

from mkrefs.gate.gate import check_file
from mkrefs.gate.provenance import from_metadata
from mkrefs.gate.report import GateFailed, report_text, reports_to_json, sentence
from mkrefs.gate.rules import GateRules
from mkrefs.jobs.checking import GateJob
from mkrefs.jobs.outcome import warnings_as_notes
from mkrefs.registry.plugins import installed_plugins
from mkrefs.storage.atomic import write_text_atomic


def run_gate_job(job: GateJob) -> tuple[str, ...]:
    """Check a final file and write what was found beside it, as JSON and as text.

    Parameters
    ----------
    job : GateJob
        The file, the checks, and the limits that win over those of the tables.

    Returns
    -------
    tuple of str
        Notes: the warnings.

    Raises
    ------
    GateFailed
        If there are errors; the reports are written all the same.
    """
    rules = GateRules(installed_plugins().checks, job.checks, job.limits)
    report = check_file(Path(job.file), rules, from_metadata(job.metadata, "the plan", job.label, job.days))
    write_text_atomic(Path(job.output), json.dumps(reports_to_json([report]), indent=1) + "\n")
    write_text_atomic(Path(job.text), report_text(report))
    if not report.passed:
        found = "; ".join(sentence(each) for each in report.errors)
        raise GateFailed(f"{job.file}: the checks fail: {found}; the whole report is {job.text}.")
    return warnings_as_notes(sentence(each) for each in report.warnings)
