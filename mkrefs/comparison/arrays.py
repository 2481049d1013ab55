"""How two planes, or any two arrays of one shape, differ: pure functions, no files."""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mkrefs.comparison.histograms import Histograms, histogram
from mkrefs.comparison.structure import Outputs, Structure, find_structure, orientation_of_values
from mkrefs.robust import scatter_about

#: Least share of the values whose errors both files tell, for the errors to be used.
_ERRORS_KNOWN = 0.5

Values = NDArray[np.floating]


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
        Where, as numpy counts in the new array: rows before columns, from 0.
    before, after : float
        The values there.
    """

    index: tuple[int, ...]
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Pull:
    """Differences in units of the errors that both files give, added in quadrature.

    Attributes
    ----------
    median, scatter : float
        0 and about 1 for independent measurements of the same thing, with right errors.
    beyond : float
        Share of the values that differ by more than ``sigma`` errors.
    """

    median: float
    scatter: float
    beyond: float


@dataclass(frozen=True, slots=True)
class ArrayComparison:
    """How an array differs from the previous one.

    Attributes
    ----------
    shape, previous_shape : tuple of int
        Their axes.
    title : str
        Which plane of a larger array it is; empty for a whole one.
    unit, previous_unit : str
        Units of the values; empty where a file does not tell.
    judged : bool
        Whether the size of the changes counts for the verdict.
    finite, previous_finite : float
        Share of the compared values that are finite; NaN if there are none.
    became_finite, lost : int
        Number of values that are finite only now, and of those that were and are not any more.
    size : int or None
        Number of values that were compared; None if the arrays do not fit on one another.
    new, previous : Spread or None
        Of the values themselves, where both are finite.
    peak : float
        Largest absolute value of the previous array among these; NaN if there is none.
    difference : Spread or None
        Of new - previous, where both are finite; None if they never are, or nothing was compared.
    ratio : Spread or None
        Of new / previous, where both are finite and the previous is not 0.
    pull : Pull or None
        None unless both files give errors for at least half of the values.
    correlation : float
        Of the values of the two files, each limited to ``sigma`` robust scatters from its median; NaN if one
        of them does not scatter.
    largest : Change or None
        Where the absolute difference is largest; the first such place. None if nothing differs.
    changed : float
        Share of the values finite in both whose difference lies more than ``sigma`` robust scatters from its
        median; NaN if there is no difference.
    structure : Structure or None
        Patterns in the difference; of planes of a detector only.
    """

    shape: tuple[int, ...]
    previous_shape: tuple[int, ...]
    title: str = ""
    unit: str = ""
    previous_unit: str = ""
    judged: bool = True
    finite: float = math.nan
    previous_finite: float = math.nan
    became_finite: int = 0
    lost: int = 0
    size: int | None = None
    new: Spread | None = None
    previous: Spread | None = None
    peak: float = math.nan
    difference: Spread | None = None
    ratio: Spread | None = None
    pull: Pull | None = None
    correlation: float = math.nan
    largest: Change | None = None
    changed: float = math.nan
    structure: Structure | None = None

    @property
    def equal(self) -> bool:
        """Whether all values that were compared are the same, those that are not finite too."""
        return self.size is not None and self.largest is None and not self.lost and not self.became_finite


def compare_arrays(
    new: Values,
    previous: Values,
    *,
    sigma: float = 5.0,
    errors: Values | None = None,
    outputs: Outputs | None = None,
    better: float = 0.7,
) -> tuple[ArrayComparison, Histograms]:
    """Compare an array with the previous one.

    Parameters
    ----------
    new, previous : ndarray
        Of the same shape and any real type; they are compared in double precision.
    sigma : float
        From how many robust scatters, or errors, on a value counts as changed. A scatter of 0, as of equal
        arrays, makes every other difference a change.
    errors : ndarray or None
        Errors of the differences, of the same shape; those that are not above 0 are not known.
    outputs : Outputs or None
        Which output reads what; None if that is not known, or it is one.
    better : float
        By turning the previous plane the scatter of the difference must fall to this share for
        `Structure.orientation` to tell.

    Returns
    -------
    ArrayComparison
    Histograms
        Of difference and ratio.
    """
    found, both = compare_finite(new, previous)
    if not both.any():
        return found, Histograms()
    after, before = new[both].astype(np.float64), previous[both].astype(np.float64)
    difference = after - before
    ratio = _ratio(after, before)
    ratios = spread_of(ratio) if ratio.size else None
    spread, spreads = spread_of(difference), (spread_of(after), spread_of(before))
    found = replace(
        found,
        new=spreads[0],
        previous=spreads[1],
        peak=float(np.abs(before).max()),
        difference=spread,
        ratio=ratios,
        pull=None if errors is None else _pull(difference, errors[both].astype(np.float64), sigma),
        correlation=_correlation((after, before), spreads, sigma),
        largest=_largest(before, after, both),
        changed=_share(np.abs(difference - spread.median) > sigma * spread.scatter),
    )
    if found.largest is not None and new.ndim == 2 and min(new.shape) > 1:
        structure = find_structure(_filled(new, previous, both, spread.median), spread.scatter, outputs)
        way = orientation_of_values(new, previous, better=better)
        found = replace(found, structure=replace(structure, orientation=way))
    histograms = Histograms(
        histogram(difference, spread.median, spread.scatter),
        histogram(ratio, ratios.median, ratios.scatter) if ratios else None,
    )
    return found, histograms


def compare_finite(new: Values, previous: Values) -> tuple[ArrayComparison, NDArray[np.bool_]]:
    """Compare where arrays of the same shape are finite, and map where both are."""
    is_finite, was_finite = np.isfinite(new), np.isfinite(previous)
    both = is_finite & was_finite
    number = int(both.sum())
    found = ArrayComparison(
        shape=new.shape,
        previous_shape=previous.shape,
        finite=_share(is_finite),
        previous_finite=_share(was_finite),
        became_finite=int(is_finite.sum()) - number,
        lost=int(was_finite.sum()) - number,
        size=new.size,
    )
    return found, both


def largest_change(new: Values, previous: Values) -> Change | None:
    """Find the largest change where both arrays of a shape are finite; None if nothing differs there."""
    both = np.isfinite(new) & np.isfinite(previous)
    if not both.any():
        return None
    return _largest(previous[both].astype(np.float64), new[both].astype(np.float64), both)


def spread_of(values: NDArray[np.float64]) -> Spread:
    """Give median and robust scatter of values that are finite."""
    median = float(np.median(values))
    return Spread(median, scatter_about(values, median))


def _pull(difference: NDArray[np.float64], errors: NDArray[np.float64], sigma: float) -> Pull | None:
    known = np.isfinite(errors) & (errors > 0)
    if known.mean() < _ERRORS_KNOWN:
        return None
    pulls = difference[known] / errors[known]
    spread = spread_of(pulls)
    return Pull(spread.median, spread.scatter, _share(np.abs(pulls) > sigma))


def _ratio(after: NDArray[np.float64], before: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the ratios that are finite."""
    nonzero = before != 0
    with np.errstate(over="ignore"):
        ratio: NDArray[np.float64] = after[nonzero] / before[nonzero]
    finite: NDArray[np.float64] = ratio[np.isfinite(ratio)]
    return finite


def _correlation(
    both: tuple[NDArray[np.float64], NDArray[np.float64]], spreads: tuple[Spread, Spread], sigma: float
) -> float:
    parts = []
    for values, spread in zip(both, spreads, strict=True):
        reach = sigma * spread.scatter
        parts.append(np.clip(values, spread.median - reach, spread.median + reach) - spread.median)
    for part in parts:
        part -= part.mean()
    squares = [float(np.dot(part, part)) for part in parts]
    if not all(squares):
        return math.nan
    return float(np.dot(*parts)) / math.sqrt(squares[0] * squares[1])


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


def _filled(new: Values, previous: Values, both: NDArray[np.bool_], median: float) -> NDArray[np.float64]:
    """Give the difference less its median; 0 where one of the two is not finite."""
    difference = np.full(new.shape, median)
    np.subtract(new, previous, out=difference, where=both, dtype=np.float64)
    return difference - median


def _share(flags: NDArray[np.bool_]) -> float:
    return float(flags.mean()) if flags.size else math.nan
