"""How the flags of two files differ, by mnemonic and by class of pixel: pure functions, no files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mkrefs.comparison.structure import orientation_of_flags
from mkrefs.instruments.dq import PIXEL_DQ

#: The class of pixels without any flag.
GOOD = "good"
#: The flag of pixels that are not used; it makes no class of its own unless it stands alone.
EXCLUDED = "DO_NOT_USE"


@dataclass(frozen=True, slots=True)
class DqMap:
    """Flags of the pixels of a detector, or of a part of it.

    Attributes
    ----------
    bits : ndarray of uint32, shape (nrows, ncols)
        The DQ array.
    definitions : mapping of str to int
        Value by mnemonic, from 0 to below 2**32; bits that none has mean nothing.
    """

    bits: NDArray[np.uint32]
    definitions: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class FlagComparison:
    """How a bad-pixel flag differs: numbers of pixels, None where a file does not know the flag.

    Attributes
    ----------
    before, after : int or None
        How many have the flag.
    set, cleared, kept : int or None
        How many have it only now, had it only before, and have it in both; None where the maps cannot be
        laid over one another.
    """

    before: int | None
    after: int | None
    set: int | None = None
    cleared: int | None = None
    kept: int | None = None


@dataclass(frozen=True, slots=True)
class Transition:
    """Pixels that went from one class to another, or whose use changed.

    Attributes
    ----------
    before, after : str
        All flags of the pixels but DO_NOT_USE, joined by ``+`` in the order of their bits; ``DO_NOT_USE``
        where that is the only one, ``good`` where there is none.
    pixels : int
        How many.
    newly_excluded, newly_used : int
        How many of them have DO_NOT_USE only now, and had it only before.
    """

    before: str
    after: str
    pixels: int
    newly_excluded: int = 0
    newly_used: int = 0


@dataclass(frozen=True, slots=True)
class FlagChanges:
    """How the flags of two files differ.

    Attributes
    ----------
    pixels : int
        Number of pixels that were compared.
    flags : mapping of str to FlagComparison
        For every mnemonic of either file, those of the new one first.
    transitions : tuple of Transition
        Those of most pixels first.
    orientation : str
        The way in which the earlier flags would have to be turned to agree much better; empty if none.
    """

    pixels: int
    flags: Mapping[str, FlagComparison]
    transitions: tuple[Transition, ...] = ()
    orientation: str = ""


def compare_flags(new: DqMap, previous: DqMap) -> FlagChanges:
    """Compare flags by the definitions of each file.

    Parameters
    ----------
    new, previous : DqMap
        Of any shapes; where they differ flags are counted only.

    Returns
    -------
    FlagChanges
    """
    names = tuple(dict.fromkeys((*new.definitions, *previous.definitions)))
    if new.bits.shape != previous.bits.shape:
        counts = {name: FlagComparison(_count(previous, name), _count(new, name)) for name in names}
        return FlagChanges(new.bits.size, counts)
    flagged = (_meant(new) | _meant(previous)) != 0
    after, before = (
        DqMap(new.bits[flagged], new.definitions),
        DqMap(previous.bits[flagged], previous.definitions),
    )
    return FlagChanges(
        pixels=new.bits.size,
        flags={name: _compare_flag(name, after, before) for name in names},
        transitions=_transitions(_codes(after, names), _codes(before, names), names),
        orientation=orientation_of_flags(_defects(new), _defects(previous)),
    )


def change_maps(new: DqMap, previous: DqMap) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """Map the flags that were set and those that were cleared, in the bits of the pipeline.

    Parameters
    ----------
    new, previous : DqMap
        Of the same shape. Mnemonics that the pipeline does not know are left out.

    Returns
    -------
    set, cleared : ndarray of uint32, shape (nrows, ncols)
    """
    after, before = _in_pipeline_bits(new), _in_pipeline_bits(previous)
    return after & ~before, before & ~after


def has_flag(dq: DqMap, name: str) -> NDArray[np.bool_]:
    """Map the pixels that have a flag."""
    flags: NDArray[np.bool_] = (dq.bits & np.uint32(dq.definitions.get(name, 0))) != 0
    return flags


def _defects(dq: DqMap) -> NDArray[np.bool_]:
    """Map the pixels that are flagged for more than their place on the detector."""
    places = np.uint32(dq.definitions.get("REFERENCE_PIXEL", 0) | dq.definitions.get("NON_SCIENCE", 0))
    defects: NDArray[np.bool_] = (_meant(dq) & ~places) != 0
    return defects


def _compare_flag(name: str, new: DqMap, previous: DqMap) -> FlagComparison:
    after, before = _count(new, name), _count(previous, name)
    if after is None or before is None:
        return FlagComparison(before, after, set=after or 0, cleared=before or 0, kept=0)
    kept = int((has_flag(new, name) & has_flag(previous, name)).sum())
    return FlagComparison(before, after, set=after - kept, cleared=before - kept, kept=kept)


def _transitions(
    after: NDArray[np.uint64], before: NDArray[np.uint64], names: Sequence[str]
) -> tuple[Transition, ...]:
    """Count the changes of class; equal codes are no change."""
    differ = after != before
    pairs, counts = np.unique(np.stack((before[differ], after[differ])), axis=1, return_counts=True)
    excluded = 1 << names.index(EXCLUDED) if EXCLUDED in names else 0
    found: dict[tuple[str, str], list[int]] = {}
    for was, now, count in zip(*pairs.tolist(), counts.tolist(), strict=True):
        total = found.setdefault((_class(was, names), _class(now, names)), [0, 0, 0])
        total[0] += count
        total[1] += count if now & excluded and not was & excluded else 0
        total[2] += count if was & excluded and not now & excluded else 0
    ordered = sorted(found.items(), key=lambda item: (-item[1][0], item[0]))
    return tuple(Transition(*classes, *numbers) for classes, numbers in ordered)


def _class(code: int, names: Sequence[str]) -> str:
    present = [name for place, name in enumerate(names) if code >> place & 1]
    present.sort(key=lambda name: (PIXEL_DQ.get(name, 1 << 32), name))
    telling = [name for name in present if name != EXCLUDED]
    return "+".join(telling or present) or GOOD


def _codes(dq: DqMap, names: Sequence[str]) -> NDArray[np.uint64]:
    """Give pixels one bit for each of ``names``, in their order."""
    codes = np.zeros(dq.bits.shape, np.uint64)
    for place, name in enumerate(names):
        if name in dq.definitions:
            codes |= has_flag(dq, name).astype(np.uint64) << np.uint64(place)
    return codes


def _in_pipeline_bits(dq: DqMap) -> NDArray[np.uint32]:
    if all(PIXEL_DQ.get(name) == value for name, value in dq.definitions.items()):
        return _meant(dq)
    bits = np.zeros(dq.bits.shape, np.uint32)
    for name in dq.definitions.keys() & PIXEL_DQ.keys():
        bits[has_flag(dq, name)] |= np.uint32(PIXEL_DQ[name])
    return bits


def _meant(dq: DqMap) -> NDArray[np.uint32]:
    """Give the bits that are defined."""
    known = 0
    for value in dq.definitions.values():
        known |= value
    return dq.bits & np.uint32(known)


def _count(dq: DqMap, name: str) -> int | None:
    return int(has_flag(dq, name).sum()) if name in dq.definitions else None
