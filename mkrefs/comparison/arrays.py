"""How two arrays, or two sets of bad-pixel maps, differ: pure functions, no files."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

#: Standard deviations of a normal distribution in one median absolute deviation.
_MAD_TO_SIGMA = 1.4826022185056018


@dataclass(frozen=True, slots=True)
class Spread:
    """Median of a distribution and its robust scatter: 1.4826 times the median absolute deviation."""

    median: float
    scatter: float


@dataclass(frozen=True, slots=True)
class Change:
    """The largest change of an array.

    Attributes
    ----------
    index : tuple of int
        Where, as numpy counts: rows before columns, from 0.
    before, after : float
        The values there.
    """

    index: tuple[int, ...]
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class ArrayComparison:
    """How an array differs from the previous one.

    Attributes
    ----------
    shape, previous_shape : tuple of int
        Where they differ nothing else is compared but the finite shares.
    finite, previous_finite : float
        Share of the values that are finite; NaN for an empty array.
    became_finite, lost : int
        Number of values that are finite only now, and of those that were and are not any more.
    difference : Spread or None
        Of new - previous, where both are finite; None if they never are, or the shapes differ.
    ratio : Spread or None
        Of new / previous, where both are finite and the previous is not 0.
    largest : Change or None
        Where the absolute difference is largest; the first such place. None if nothing differs.
    changed : float
        Share of the values finite in both whose difference lies more than ``sigma`` robust scatters from its
        median; NaN if there is no difference.
    """

    shape: tuple[int, ...]
    previous_shape: tuple[int, ...]
    finite: float
    previous_finite: float
    became_finite: int = 0
    lost: int = 0
    difference: Spread | None = None
    ratio: Spread | None = None
    largest: Change | None = None
    changed: float = math.nan


@dataclass(frozen=True, slots=True)
class FlagComparison:
    """How a bad-pixel flag differs: numbers of pixels, None where a file does not know the flag.

    Attributes
    ----------
    before, after : int or None
        How many have the flag.
    set, cleared, kept : int or None
        How many have it only now, had it only before, and have it in both; None where shapes differ.
    """

    before: int | None
    after: int | None
    set: int | None = None
    cleared: int | None = None
    kept: int | None = None


def compare_arrays(
    new: NDArray[np.number], previous: NDArray[np.number], *, sigma: float = 5.0
) -> ArrayComparison:
    """Compare an array with the previous one.

    Parameters
    ----------
    new, previous : ndarray
        Of any shape and real type; they are compared in double precision.
    sigma : float
        From how many robust scatters on a value counts as changed. A scatter of 0, as of equal arrays, makes
        every other difference a change.

    Returns
    -------
    ArrayComparison
    """
    is_finite, was_finite = np.isfinite(new), np.isfinite(previous)
    found = ArrayComparison(new.shape, previous.shape, _share(is_finite), _share(was_finite))
    if new.shape != previous.shape:
        return found
    found = replace(
        found,
        became_finite=int((is_finite & ~was_finite).sum()),
        lost=int((was_finite & ~is_finite).sum()),
    )
    both = is_finite & was_finite
    if not both.any():
        return found
    after, before = new[both].astype(np.float64), previous[both].astype(np.float64)
    difference = after - before
    spread = _spread(difference)
    nonzero = before != 0
    return replace(
        found,
        difference=spread,
        ratio=_spread(after[nonzero] / before[nonzero]) if nonzero.any() else None,
        largest=_largest(before, after, both),
        changed=_share(np.abs(difference - spread.median) > sigma * spread.scatter),
    )


def compare_flags(
    new: Mapping[str, NDArray[np.bool_]], previous: Mapping[str, NDArray[np.bool_]]
) -> dict[str, FlagComparison]:
    """Compare bad-pixel maps by mnemonic.

    Parameters
    ----------
    new, previous : mapping of str to ndarray of bool
        Maps by mnemonic.

    Returns
    -------
    dict of str to FlagComparison
        For every mnemonic of either, those of ``new`` first.
    """
    return {
        name: _compare_flag(new.get(name), previous.get(name)) for name in dict.fromkeys((*new, *previous))
    }


def _compare_flag(new: NDArray[np.bool_] | None, previous: NDArray[np.bool_] | None) -> FlagComparison:
    after = None if new is None else int(new.sum())
    before = None if previous is None else int(previous.sum())
    if new is None or previous is None:
        return FlagComparison(before, after, set=after or 0, cleared=before or 0, kept=0)
    if new.shape != previous.shape:
        return FlagComparison(before, after)
    return FlagComparison(
        before,
        after,
        set=int((new & ~previous).sum()),
        cleared=int((previous & ~new).sum()),
        kept=int((new & previous).sum()),
    )


def _largest(
    before: NDArray[np.float64], after: NDArray[np.float64], both: NDArray[np.bool_]
) -> Change | None:
    """Find the largest change among the values at the places that ``both`` marks."""
    size = np.abs(after - before)
    first = int(np.argmax(size))
    if size[first] == 0:
        return None
    place = np.unravel_index(np.flatnonzero(both)[first], both.shape)
    return Change(tuple(int(each) for each in place), float(before[first]), float(after[first]))


def _spread(values: NDArray[np.float64]) -> Spread:
    median = float(np.median(values))
    return Spread(median, _MAD_TO_SIGMA * float(np.median(np.abs(values - median))))


def _share(flags: NDArray[np.bool_]) -> float:
    return float(flags.mean()) if flags.size else math.nan
