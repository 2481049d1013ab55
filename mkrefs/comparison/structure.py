"""Patterns in the difference of two planes: stripes, steps between outputs, a turn. Pure functions."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mkrefs.robust import scatter_about

#: Scatter of a median of N normal values, times the root of N and in their standard deviations.
_MEDIAN_SCATTER = 1.2533
#: Pixels of a plane that tell its orientation.
_SAMPLE = 1 << 16

_WAYS = {
    "mirrored left to right": (False, 1, -1),
    "mirrored upside down": (False, -1, 1),
    "rotated by 180 degrees": (False, -1, -1),
    "with rows and columns exchanged": (True, 1, 1),
    "rotated by 90 degrees clockwise": (True, 1, -1),
    "rotated by 90 degrees anticlockwise": (True, -1, 1),
    "with rows and columns exchanged and rotated by 180 degrees": (True, -1, -1),
}
#: How a plane can lie wrongly: whether rows and columns are exchanged, and the steps of both after that.
WAYS: Mapping[str, tuple[bool, int, int]] = MappingProxyType(_WAYS)


@dataclass(frozen=True, slots=True)
class Outputs:
    """Which output of the detector reads which column, or row.

    Attributes
    ----------
    axis : int
        0 if they differ by row, 1 if by column.
    numbers : tuple of int
        Number of the output along this axis, from 0.
    """

    axis: int
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Structure:
    """Patterns in a difference, in its unit.

    Attributes
    ----------
    rows, columns : float
        Robust scatter of the medians of rows and of columns, less what the scatter of the pixels explains.
    outputs : tuple of float
        Median of each output less that of all pixels; empty if it is not known which read the plane.
    orientation : str
        The way in which the previous plane would have to be turned to agree much better; empty if none.
    """

    rows: float
    columns: float
    outputs: tuple[float, ...] = ()
    orientation: str = ""


def find_structure(
    difference: NDArray[np.float64], scatter: float, outputs: Outputs | None = None
) -> Structure:
    """Measure stripes and steps.

    Parameters
    ----------
    difference : ndarray, shape (nrows, ncols)
        Finite everywhere, with a median of 0.
    scatter : float
        Robust scatter of its pixels.
    outputs : Outputs or None
        Which output reads what.

    Returns
    -------
    Structure
    """
    rows, columns = np.median(difference, axis=1), np.median(difference, axis=0)
    lines = (rows, columns)
    steps = []
    if outputs is not None:
        of, medians = np.asarray(outputs.numbers), lines[outputs.axis]
        steps = [float(np.median(medians[of == number])) for number in np.unique(of)]
    return Structure(
        rows=_excess(rows, scatter, columns.size),
        columns=_excess(columns, scatter, rows.size),
        outputs=tuple(steps),
    )


def turned(plane: NDArray[Any], way: str) -> NDArray[Any]:
    """Turn a plane in one of `WAYS`."""
    exchanged, rows, columns = WAYS[way]
    return (plane.T if exchanged else plane)[::rows, ::columns]


def possible_ways(shape: tuple[int, int]) -> Iterator[str]:
    """Name the ways in which a plane of this shape can be turned."""
    return (way for way, (exchanged, _, _) in WAYS.items() if not exchanged or shape[0] == shape[1])


def orientation_of_values(new: NDArray[Any], previous: NDArray[Any], *, better: float) -> str:
    """Find the way in which the previous plane would have to be turned to agree much better.

    Parameters
    ----------
    new, previous : ndarray, shape (nrows, ncols)
        The planes.
    better : float
        What the robust scatter of the difference must fall to, as a share of the one without turning.

    Returns
    -------
    str
        One of `WAYS`; empty if none is so much better.
    """
    step = max(1, math.isqrt(new.size // _SAMPLE))
    as_it_is = _scatter(new[::step, ::step], previous[::step, ::step])
    scatters = {
        way: _scatter(new[::step, ::step], turned(previous, way)[::step, ::step])
        for way in possible_ways((new.shape[0], new.shape[1]))
    }
    way = min(scatters, key=lambda each: (not math.isfinite(scatters[each]), scatters[each]), default="")
    return way if way and scatters[way] < better * as_it_is else ""


def orientation_of_flags(new: NDArray[np.bool_], previous: NDArray[np.bool_]) -> str:
    """Find the way in which earlier flags would have to be turned to agree much better with the new ones.

    Returns
    -------
    str
        One of `WAYS` by which at least half of the flags of either map fall on one another, and more than
        twice as many as without turning; empty if there is none.
    """
    fewer = min(int(new.sum()), int(previous.sum()))
    as_it_is = int((new & previous).sum())
    kept = {
        way: int((new & turned(previous, way)).sum()) for way in possible_ways((new.shape[0], new.shape[1]))
    }
    way = max(kept, key=lambda each: kept[each], default="")
    return way if way and kept[way] > max(2 * as_it_is, fewer / 2) else ""


def _excess(medians: NDArray[np.float64], scatter: float, number: int) -> float:
    explained = _MEDIAN_SCATTER * scatter / math.sqrt(number)
    seen = scatter_about(medians, float(np.median(medians)))
    return math.sqrt(max(0.0, seen**2 - explained**2))


def _scatter(new: NDArray[Any], previous: NDArray[Any]) -> float:
    with np.errstate(invalid="ignore"):  # infinite values are left out below
        difference = new.astype(np.float64) - previous
    difference = difference[np.isfinite(difference)]
    if not difference.size:
        return math.inf
    return scatter_about(difference, float(np.median(difference)))
