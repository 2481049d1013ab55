"""Certifies many files at once."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from mkrefs.certification.certify import certify
from mkrefs.certification.report import CertifyReport
from mkrefs.jobs.crds_state import CrdsState


def certify_files(files: Sequence[Path], crds: CrdsState, capacity: int) -> tuple[CertifyReport, ...]:
    """Certify reference files side by side.

    Parameters
    ----------
    files : sequence of Path
        The files.
    crds : CrdsState
        Cache and context; what is empty is taken from the environment.
    capacity : int
        The most that are certified at once, each in a process.

    Returns
    -------
    tuple of CertifyReport
        In the order of the files.

    Raises
    ------
    UserError
        If there is no context to compare with.
    """
    with ThreadPoolExecutor(capacity) as threads:
        waiting = [threads.submit(certify, file, crds) for file in files]
        try:
            return tuple(each.result() for each in waiting)
        finally:
            threads.shutdown(cancel_futures=True)  # after Ctrl-C, or an error, the others need not be begun
