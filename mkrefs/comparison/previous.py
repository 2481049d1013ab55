"""Finds the file that a new reference file is compared with, and refuses one that is of another kind."""

from dataclasses import dataclass
from pathlib import Path

from mkrefs.crds_context import choose_references, context_name
from mkrefs.crds_context.identity import cache_of
from mkrefs.errors import UserError
from mkrefs.jobs.checking import CompareJob
from mkrefs.reference_files.fits_content import FitsContent, read_fits_content

#: What two files must have in common to be compared.
_SAME = ("REFTYPE", "INSTRUME", "DETECTOR")


@dataclass(frozen=True, slots=True)
class Previous:
    """The file to compare with.

    Attributes
    ----------
    path : Path or None
        None if there is none.
    source : str
        Where it comes from, or why there is none.
    """

    path: Path | None
    source: str


def find_previous(job: CompareJob) -> Previous:
    """Find the file a job asks for.

    Parameters
    ----------
    job : CompareJob
        A file, or the most recent one of the context by the rules of CRDS.

    Returns
    -------
    Previous

    Raises
    ------
    UserError
        If there is no CRDS context to look in, or the cache does not hold the file that it gives.
    """
    if job.previous:
        return Previous(Path(job.previous), f"given by validation.{job.reftype}")
    context = context_name(job.crds)
    file = Path(job.file)
    choice = choose_references(job.crds, [file], [job.reftype], latest=True)[str(file)][job.reftype]
    if not choice.file:
        because = f" ({choice.reason})" if choice.reason not in ("", "n/a") else ""
        return Previous(None, f"{context} has no {job.reftype} file for its exposures{because}")
    cache = cache_of(job.crds)
    instrument = read_fits_content(file).keyword("INSTRUME")
    path = None if cache is None else cache.reference_folder(instrument) / choice.file
    if path is None or not path.is_file():
        raise UserError(
            f"validation.{job.reftype}: {context} gives {choice.file} to compare {file.name} with, which the "
            f"CRDS cache does not hold; fetch it by 'crds sync --files {choice.file}', or name a file."
        )
    return Previous(path, f"the most recent that {context} gives")


def check_kind(job: CompareJob, new: FitsContent, previous: FitsContent) -> None:
    """Refuse to compare with a file of another kind.

    Raises
    ------
    UserError
        If type, instrument, detector or the size of the images differ.
    """
    where = f"validation.{job.reftype}: {job.previous}"
    for keyword in _SAME:
        ours, found = new.keyword(keyword), previous.keyword(keyword)
        if ours and found != ours:
            raise UserError(
                f"{where}, wanted by label '{job.label}', has {keyword} {found or '(none)'}, the new file "
                f"{Path(job.file).name} has {ours}; name a file of the same kind, or CRDS."
            )
    theirs = {**previous.arrays, **previous.flags}
    for name, array in (*new.arrays.items(), *new.flags.items()):
        other = theirs.get(name)
        if other is not None and array.shape[-2:] != other.shape[-2:]:
            raise UserError(
                f"{where}, wanted by label '{job.label}', has {_size(other.shape)} pixels in {name}, the new "
                f"file {Path(job.file).name} has {_size(array.shape)}; name a file of the same subarray, or "
                "CRDS."
            )


def _size(shape: tuple[int, ...]) -> str:
    return " x ".join(str(length) for length in reversed(shape[-2:]))
