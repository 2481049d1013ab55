"""Carries out a certification job: what a worker does for it."""

import json
from pathlib import Path

from mkrefs.certification.certify import certify
from mkrefs.certification.report import CertifyFailed, counted, report_to_json
from mkrefs.jobs.checking import CertifyJob
from mkrefs.jobs.outcome import WARNING
from mkrefs.storage.atomic import write_text_atomic


def run_certify_job(job: CertifyJob) -> tuple[str, ...]:
    """Certify a file and write beside it the log, and what was found as JSON.

    Parameters
    ----------
    job : CertifyJob
        The file, where log and findings go, and the CRDS context.

    Returns
    -------
    tuple of str
        Notes: the warnings of certify, and what mkrefs did for the comparison.

    Raises
    ------
    CertifyFailed
        If certify finds errors; log and findings are written all the same.
    UserError
        If there is no context to compare with, or the log cannot be written.
    """
    file = Path(job.file)
    report = certify(file, job.crds)
    write_text_atomic(Path(job.output), report.log)
    if job.report:
        write_text_atomic(Path(job.report), json.dumps(report_to_json(file.name, report), indent=1) + "\n")
    if report.errors:
        raise CertifyFailed(
            f"{file}: crds certify finds {counted(len(report.errors), 0)} against {report.context}: "
            f"{'; '.join(report.errors)}; the whole log is {job.output}."
        )
    return (*(f"{WARNING}{warning}" for warning in report.warnings), *report.notes)
