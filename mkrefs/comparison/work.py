"""Carries out a comparison job: finds the previous file, compares, writes what differs."""

import json
from pathlib import Path

from mkrefs.comparison.comparison import (
    Comparison,
    compare_contents,
    comparison_json,
    comparison_text,
    summary,
)
from mkrefs.comparison.previous import check_kind, find_previous
from mkrefs.jobs.checking import CompareJob
from mkrefs.reference_files.fits_content import read_fits_content
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
        Notes: what it was compared with, or why with nothing, and the changes in brief.

    Raises
    ------
    UserError
        If a file that was named is of another kind, or a file cannot be read.
    """
    previous = find_previous(job)
    comparison: Comparison | None = None
    notes: tuple[str, ...] = (f"not compared: {previous.source}",)
    name = "" if previous.path is None else previous.path.name
    if previous.path is not None:
        new, old = read_fits_content(Path(job.file)), read_fits_content(previous.path)
        if job.previous:
            check_kind(job, new, old)
        comparison = compare_contents(new, old)
        notes = (f"compared with {name}, {previous.source}", *summary(comparison))
    described = (Path(job.file).name, name, previous.source, comparison)
    write_text_atomic(Path(job.text), comparison_text(*described))
    write_text_atomic(Path(job.output), json.dumps(comparison_json(*described), indent=1) + "\n")
    return notes
