"""Compares files that somebody names, whoever made them."""

from pathlib import Path

from mkrefs.comparison.compare_files import compare_files
from mkrefs.comparison.opened import open_reference
from mkrefs.comparison.previous import Previous, previous_in_context
from mkrefs.comparison.report import ComparisonReport
from mkrefs.comparison.work import write_reports
from mkrefs.errors import UserError
from mkrefs.jobs.crds_state import CrdsState

#: What compressed files end in, besides.
_COMPRESSED = ".gz"


def compare_named(
    file: Path, previous: Path | None, crds: CrdsState, folder: Path | None = None
) -> ComparisonReport:
    """Compare a reference file with another one, or with the one that CRDS gives in its place.

    Parameters
    ----------
    file : Path
        The new file.
    previous : Path or None
        The other one; None for the most recent one of the context, by the rules of CRDS.
    crds : CrdsState
        Cache and context; what is empty is taken from the environment.
    folder : Path or None
        Where JSON, text and maps are written, under the file's name; None writes nothing.

    Returns
    -------
    ComparisonReport

    Raises
    ------
    UserError
        If a file does not exist, cannot be read or is of another kind, or there is no context to look in.
    """
    for path in filter(None, (file, previous)):
        if not path.is_file():
            raise UserError(f"{path}: there is no such file; give reference files in FITS form.")
    stem = file.name.removesuffix(_COMPRESSED).removesuffix(".fits")
    if previous is not None:
        found = Previous(previous, "given")
    else:
        with open_reference(file) as new:
            reftype, instrument = new.keyword("REFTYPE").lower(), new.keyword("INSTRUME")
        found = previous_in_context(file, reftype, instrument, crds, str(file))
    maps = None if folder is None else folder / f"{stem}.comparison.fits"
    report = compare_files(file, found, maps, where=str(found.path))
    if folder is not None:
        write_reports(report, folder / f"{stem}.comparison.json", folder / f"{stem}.comparison.txt")
    return report
