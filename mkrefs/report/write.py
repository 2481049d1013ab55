"""Writes the page of a run."""

from pathlib import Path

from mkrefs.overview.collect import overview
from mkrefs.report.page import render
from mkrefs.report.run_report import collect_report
from mkrefs.storage.atomic import write_text_atomic

REPORT_NAME = "report.html"


def write_report(folder: Path, output: Path | None = None) -> Path:
    """Collect what lies in a run folder, and write it as a page.

    Parameters
    ----------
    folder : Path
        Absolute path of a run folder.
    output : Path, optional
        The page; ``report.html`` in the run folder if it is not given.

    Returns
    -------
    Path
        The page.

    Raises
    ------
    UserError
        If the journal cannot be read, or the page cannot be written.
    """
    path = output or folder / REPORT_NAME
    write_text_atomic(path, render(collect_report(overview(folder))))
    return path
