"""Differences of units - tiles made of several pieces - from those of their pieces."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mkrefs_imaging.level_match.pairs import Pair

Vector = NDArray[np.float64]

# What a direction must have of the sums to be known.
_LEAST = 1e-10

#: Pairs of pieces by their numbers, the lower first.
PiecePairs = Mapping[tuple[int, int], Pair]


@dataclass(frozen=True, slots=True)
class Influence:
    """How the shared noise of the rows of a piece goes into the difference of two units.

    Attributes
    ----------
    piece : int
        Number of the piece.
    index : ndarray of int64, shape (n,)
        Rows of amplifiers.
    weights : ndarray of float64, shape (ncoefficients, n)
        By how much each moves the difference.
    """

    piece: int
    index: NDArray[np.int64]
    weights: Vector


@dataclass(frozen=True, slots=True)
class UnitPair:
    """The difference of two units, first minus second, as they stand corrected.

    Attributes
    ----------
    first, second : int
        Numbers of the units.
    value : ndarray of float64, shape (ncoefficients,)
        The difference.
    normal : ndarray of float64, shape (ncoefficients, ncoefficients)
        Sums of the products of (1, u, v) over all pixels.
    npix : int
        Number of pixels, counted for each pair of pieces.
    rms : float
        Scatter of a difference.
    long : bool
        Whether any of the overlaps is long enough.
    influences : tuple of Influence
        What shared noise does.
    """

    first: int
    second: int
    value: Vector
    normal: Vector
    npix: int
    rms: float
    long: bool
    influences: tuple[Influence, ...]


def unit_pairs(
    units: Sequence[Sequence[int]], pairs: PiecePairs, corrections: Vector, ncoefficients: int
) -> list[UnitPair]:
    """Give the differences of all units that overlap.

    The differences of all pixels count alike, whichever pieces they are of: what a stack of the pieces would
    show, without its resampling.

    Parameters
    ----------
    units : sequence of sequences of int
        The pieces of each unit.
    pairs : mapping of (int, int) to Pair
        Pairs of pieces.
    corrections : ndarray of float64, shape (npieces, 3)
        What is to be taken off each piece by now.
    ncoefficients : int
        Coefficients to give: 1 for levels, 3 for planes.

    Returns
    -------
    list of UnitPair
        In the order of the units.
    """
    unit_of = {piece: number for number, unit in enumerate(units) for piece in unit}
    found: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for first, second in pairs:
        a, b = unit_of.get(first), unit_of.get(second)
        if a is not None and b is not None and a != b:
            found.setdefault((min(a, b), max(a, b)), []).append((first, second))
    combined = []
    for key, members in sorted(found.items()):
        signed = [(i, j, 1 if unit_of[i] == key[0] else -1) for i, j in members]
        combined.append(_combined(key, signed, pairs, corrections, ncoefficients))
    return combined


def _combined(
    key: tuple[int, int],
    members: Sequence[tuple[int, int, int]],
    pairs: PiecePairs,
    corrections: Vector,
    ncoefficients: int,
) -> UnitPair:
    """Combine the pairs of pieces (numbers and sign) of two units."""
    size = pairs[members[0][:2]].value.size
    normal, right = np.zeros((size, size)), np.zeros(size)
    for i, j, sign in members:
        pair = pairs[i, j]
        left = sign * (pair.value - (corrections[i] - corrections[j])[:size])
        normal += pair.normal
        right += pair.normal @ left
    normal, right = normal[:ncoefficients, :ncoefficients], right[:ncoefficients]
    inverse = inverted(normal)
    npix = sum(pairs[i, j].npix for i, j, _ in members)
    squares = sum(pairs[i, j].npix * pairs[i, j].rms ** 2 for i, j, _ in members)
    influences = [
        Influence(piece, cells.index, side * sign * (inverse @ cells.moments[:ncoefficients]))
        for i, j, sign in members
        for piece, side, cells in zip((i, j), (1, -1), pairs[i, j].cells, strict=True)
        if cells.index.size
    ]
    return UnitPair(
        *key,
        value=inverse @ right,
        normal=normal,
        npix=npix,
        rms=float(np.sqrt(squares / npix)),
        long=any(pairs[i, j].long for i, j, _ in members),
        influences=tuple(influences),
    )


def inverted(normal: Vector) -> Vector:
    """Invert a matrix of sums; directions that the pixels do not tell of get a huge value, not none."""
    scale = np.sqrt(np.maximum(np.diag(normal), _LEAST * normal[0, 0]))
    roots, axes = np.linalg.eigh(normal / np.outer(scale, scale))
    inverse = (axes / np.maximum(roots, _LEAST)) @ axes.T
    return np.asarray(inverse / np.outer(scale, scale), dtype=np.float64)
