"""What a leading set may choose its partners from: the other image types, on the time axis."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from mkrefs.grouping.members import Bundle

Ticks = NDArray[np.int64]


class Pool(Protocol):
    """The exposures of one image type, as partners."""

    def choose(self, start: int, end: int, middle: float, limit: int) -> Bundle | None:
        """Choose partners for an interval so that all together span no more than the limit."""

    def count(self, bundle: Bundle) -> None:
        """Note that partners are used."""


class FixedPool:
    """Sets of a fixed number of exposures, each of which may be taken more than once.

    Parameters
    ----------
    bundles : sequence of Bundle
        The sets.
    """

    def __init__(self, bundles: Sequence[Bundle]) -> None:
        self._bundles = bundles
        self._numbers = {bundle: number for number, bundle in enumerate(bundles)}
        self._starts = np.array([bundle.start for bundle in bundles], dtype=np.int64)
        self._ends = np.array([bundle.end for bundle in bundles], dtype=np.int64)
        self._middles = np.array([bundle.middle for bundle in bundles], dtype=np.float64)
        self._uses = np.zeros(len(bundles), dtype=np.int64)

    def choose(self, start: int, end: int, middle: float, limit: int) -> Bundle | None:
        """Choose the least used set that fits; of equals the nearest in mean time, then the earliest."""
        fitting = np.flatnonzero(self._spans(start, end) <= limit)
        if not fitting.size:
            return None
        uses = self._uses[fitting]
        fitting = fitting[uses == uses.min()]
        nearest = int(np.abs(self._middles[fitting] - middle).argmin())
        return self._bundles[int(fitting[nearest])]

    def count(self, bundle: Bundle) -> None:
        """Note that a set is used once more."""
        self._uses[self._numbers[bundle]] += 1

    def nearest_span(self, start: int, end: int) -> int | None:
        """Give the smallest span an interval makes with any set; None if there are none."""
        spans = self._spans(start, end)
        return int(spans.min()) if spans.size else None

    def _spans(self, start: int, end: int) -> Ticks:
        return np.maximum(self._ends, end) - np.minimum(self._starts, start)


class OpenPool:
    """Exposures of which as many as fit are taken, however often they are used.

    Parameters
    ----------
    stream : Bundle
        The exposures.
    """

    def __init__(self, stream: Bundle) -> None:
        self._stream = stream
        self._times = np.array([member.ticks for member in stream.members], dtype=np.int64)

    def choose(self, start: int, end: int, middle: float, limit: int) -> Bundle | None:
        """Choose as many neighbours as fit; of equally many, those that make the smallest span."""
        times = self._times
        first = int(np.searchsorted(times, end - limit))
        beyond = int(np.searchsorted(times, start + limit, side="right"))
        if first >= beyond:
            return None
        begins = np.arange(first, beyond)
        stops = np.searchsorted(times, np.minimum(times[begins], start) + limit, side="right")
        longest = np.flatnonzero(stops - begins == (stops - begins).max())
        spans = np.maximum(times[stops[longest] - 1], end) - np.minimum(times[begins[longest]], start)
        best = longest[spans.argmin()]
        return Bundle(self._stream.members[int(begins[best]) : int(stops[best])], self._stream.own)

    def count(self, bundle: Bundle) -> None:
        """Take no note: all that fit are always taken."""
