"""Carries out a certification job: what a worker does for it."""

from pathlib import Path

from mkrefs.certification.certify import certify
from mkrefs.certification.report import CertifyFailed
from mkrefs.jobs.checking import CertifyJob
from mkrefs.storage.atomic import write_text_atomic


def run_certify_job(job: CertifyJob) -> tuple[str, ...]:
    """Certify a file and write the log beside it.

    Parameters
    ----------
    job : CertifyJob
        The file, where the log goes, and the CRDS context.

    Returns
    -------
    tuple of str
        Notes: the warnings of certify.

    Raises
    ------
    CertifyFailed
        If certify finds errors; the log is written all the same.
    UserError
        If there is no context to compare with, or the log cannot be written.
    """
    report = certify(Path(job.file), job.crds)
    write_text_atomic(Path(job.output), report.log)
    if report.errors:
        count = f"{len(report.errors)} error{'s' if len(report.errors) > 1 else ''}"
        raise CertifyFailed(
            f"{job.file}: crds certify finds {count} against {report.context}: {'; '.join(report.errors)}; "
            f"the whole log is {job.output}."
        )
    return report.warnings
