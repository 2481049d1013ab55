"""Finds the file that a new reference file is compared with, and refuses one that is of another kind."""

from dataclasses import dataclass
from pathlib import Path

from mkrefs.comparison.opened import OpenedReference
from mkrefs.comparison.places import overlay
from mkrefs.crds_context import choose_references, context_name
from mkrefs.crds_context.identity import cache_of
from mkrefs.errors import UserError
from mkrefs.jobs.crds_state import CrdsState

#: What two files must have in common to be compared.
_SAME = ("REFTYPE", "INSTRUME", "DETECTOR")
_PLANE = 2


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


def previous_in_context(file: Path, reftype: str, instrument: str, crds: CrdsState, where: str) -> Previous:
    """Find the most recent file of the CRDS context by the rules of CRDS.

    Parameters
    ----------
    file : Path
        The new reference file, which stands for the exposures that it is for.
    reftype, instrument : str
        Of the file.
    crds : CrdsState
        Cache and context; what is empty is taken from the environment.
    where : str
        Who asks, for messages.

    Returns
    -------
    Previous

    Raises
    ------
    UserError
        If there is no CRDS context to look in, or the cache does not hold the file that it gives.
    """
    context, path = context_name(crds), file.resolve()
    choice = choose_references(crds, [path], [reftype], latest=True)[str(path)][reftype]
    if not choice.file:
        because = f" ({choice.reason})" if choice.reason not in ("", "n/a") else ""
        return Previous(None, f"{context} has no {reftype} file for its exposures{because}")
    cache = cache_of(crds)
    found = None if cache is None else cache.reference_folder(instrument) / choice.file
    if found is None or not found.is_file():
        raise UserError(
            f"{where}: {context} gives {choice.file} to compare {file.name} with, which the "
            f"CRDS cache does not hold; fetch it by 'crds sync --files {choice.file}', or name a file."
        )
    return Previous(found, f"the most recent that {context} gives")


def check_kind(new: OpenedReference, previous: OpenedReference, where: str) -> None:
    """Refuse to compare with a file of another kind.

    Parameters
    ----------
    new, previous : OpenedReference
        The files.
    where : str
        The previous file, and who asks, for messages.

    Raises
    ------
    UserError
        If type, instrument or detector differ, the images have no pixel of the detector in common, or there
        are no arrays.
    """
    for keyword in _SAME:
        ours, found = new.keyword(keyword), previous.keyword(keyword)
        if ours and found != ours:
            raise UserError(
                f"{where} has {keyword} {found or '(none)'}, the new file {new.name} has {ours}; "
                "compare with a file of the same kind."
            )
    if not new.arrays and new.dq is None:
        raise UserError(f"{new.name} holds nothing that can be compared: no image, no column of numbers.")
    on = overlay(new, previous)
    if on.new and on.previous and on.common is None:
        raise UserError(
            f"{where} lies at {on.previous}, the new file {new.name} at {on.new}; they have no pixel in "
            "common: compare with a file of the same subarray."
        )
    for name, array in (*new.arrays.items(), *([("DQ", new.dq)] if new.dq else [])):
        other = previous.dq if name == "DQ" else previous.arrays.get(name)
        if other is None or min(len(array.shape), len(other.shape)) < _PLANE:
            continue
        if on.slices(array.shape, other.shape) is None:
            raise UserError(
                f"{where} has {_size(other.shape)} pixels in {name}, the new file {new.name} has "
                f"{_size(array.shape)}, and their headers do not tell which part of them is the same; "
                "compare with a file of the same subarray."
            )


def _size(shape: tuple[int, ...]) -> str:
    return " x ".join(str(length) for length in reversed(shape[-_PLANE:]))
