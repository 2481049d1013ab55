"""Which planes of the arrays of two files are compared, and how each is read; no statistics."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mkrefs.comparison.opened import OpenedReference, Slices, StoredArray
from mkrefs.comparison.places import Overlay
from mkrefs.comparison.structure import Outputs
from mkrefs.instruments.detectors import DETECTORS

#: Types whose arrays are ramps: groups, rows and columns last.
RAMPS = ("DARK", "RESET")
#: Measured signal in DN, about half of the well, at which linearity corrections are compared.
SIGNAL = 30000
_PLANE, _CUBE = 2, 3
_OUTPUTS = 4

Plane = NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class PlanePair:
    """One plane of both files.

    Attributes
    ----------
    name : str
        Of the plane: that of its array, and what tells the plane from others.
    array : str
        Name of the array.
    title : str
        What it is, in words.
    unit, previous_unit : str
        Units in the two files.
    new, previous : callable
        Read the plane of each file, as far as both cover it.
    errors : callable or None
        Reads the errors of the difference.
    mapped : bool
        Whether maps are made of it.
    judged : bool
        Whether the size of its values counts for the verdict.
    """

    name: str
    array: str
    title: str
    unit: str
    previous_unit: str
    new: Callable[[], Plane]
    previous: Callable[[], Plane]
    errors: Callable[[], Plane] | None = None
    mapped: bool = True
    judged: bool = True


def plane_pairs(
    name: str, new: OpenedReference, previous: OpenedReference, where: tuple[Slices, Slices]
) -> Iterator[PlanePair]:
    """Give the planes of an array that both files have, of two axes or more.

    Parameters
    ----------
    name : str
        Name of the array.
    new, previous : OpenedReference
        The files.
    where : tuple
        Rows and columns in each.

    Yields
    ------
    PlanePair
        The array itself if it has two axes. Of ramps, for each integration: the last group that both have,
        and the mean rate over these groups. Of the coefficients of a linearity correction those of each order
        that both have, and the corrected signal. Of others each plane. Nothing if the axes before the last
        two do not agree otherwise.
    """
    pair = _Pair(name, new, previous, where)
    ours, theirs = pair.ours.shape[:-_PLANE], pair.theirs.shape[:-_PLANE]
    if not ours and not theirs:
        yield pair.plane(name, "", ())
    elif new.keyword("REFTYPE") in RAMPS and len(ours) == len(theirs):
        if ours[:-1] == theirs[:-1] and min(*ours, *theirs) > 0:
            yield from _ramps(pair)
    elif new.keyword("REFTYPE") == "LINEARITY" and name == "COEFFS" and len(ours) == len(theirs) == 1:
        for order in range(min(*ours, *theirs)):
            yield pair.plane(f"{name}_{order}", f"coefficient of order {order}", (order,), judged=False)
        yield pair.corrected()
    elif ours == theirs:
        for index in np.ndindex(ours):
            numbers = [str(number) for number in index]
            yield pair.plane("_".join((name, *numbers)), f"plane {', '.join(numbers)}", index)


def outputs_of(file: OpenedReference, overlay: Overlay, shape: tuple[int, int]) -> Outputs | None:
    """Tell which output of the detector reads which column or row; None if it is one, or not known.

    Near-infrared detectors are read by four outputs side by side along the fast axis, where their full
    width is read and the file is for all of it; MIRI's by four that take turns along the rows.
    """
    detector = DETECTORS.get(file.keyword("DETECTOR"))
    place = overlay.common
    if detector is None or place is None or shape != place.shape:
        return None
    if detector.instrument == "MIRI":
        first = place.xstart - 1
        return Outputs(1, tuple((first + column) % _OUTPUTS for column in range(shape[1])))
    if overlay.cut or shape != (detector.rows, detector.columns):
        return None
    axis = 1 if abs(detector.fastaxis) == 1 else 0
    return Outputs(axis, tuple(line * _OUTPUTS // shape[axis] for line in range(shape[axis])))


@dataclass(frozen=True, slots=True)
class _Pair:
    """An array that both files have, and where it is read."""

    name: str
    new: OpenedReference
    previous: OpenedReference
    where: tuple[Slices, Slices]

    @property
    def ours(self) -> StoredArray:
        return self.new.arrays[self.name]

    @property
    def theirs(self) -> StoredArray:
        return self.previous.arrays[self.name]

    @property
    def is_error(self) -> bool:
        return self.name == "ERR"

    def plane(self, name: str, title: str, index: tuple[int, ...], *, judged: bool = True) -> PlanePair:
        """Give one plane of both."""
        return PlanePair(
            name=name,
            array=self.name,
            title=title,
            unit=self.ours.unit,
            previous_unit=self.theirs.unit,
            new=lambda: self.ours.plane(index, self.where[0]),
            previous=lambda: self.theirs.plane(index, self.where[1]),
            errors=self._errors(index),
            mapped=not self.is_error,
            judged=judged,
        )

    def corrected(self) -> PlanePair:
        """Give what both corrections make of a signal of half a well."""

        def of(array: StoredArray, where: Slices) -> Plane:
            total = np.zeros(array.plane((0,), where).shape)
            with np.errstate(invalid="ignore"):  # infinite coefficients give what is not compared
                for order in reversed(range(array.shape[0])):
                    total *= SIGNAL
                    total += array.plane((order,), where)
            return total

        return PlanePair(
            name=f"{self.name}_AT_{SIGNAL}",
            array=self.name,
            title=f"corrected signal of a measured {SIGNAL} DN",
            unit="DN",
            previous_unit="DN",
            new=lambda: of(self.ours, self.where[0]),
            previous=lambda: of(self.theirs, self.where[1]),
        )

    def rate(self, name: str, title: str, before: tuple[int, ...], groups: int, times: "_Times") -> PlanePair:
        """Give the mean rate from the first to the last group that both have."""

        def of(array: StoredArray, where: Slices, spacing: float) -> Plane:
            first = array.plane((*before, 0), where).astype(np.float64)
            with np.errstate(invalid="ignore"):  # infinite values give what is not compared
                rise = array.plane((*before, groups - 1), where) - first
            return rise / ((groups - 1) * spacing)

        per = f"/{times.unit}"
        return PlanePair(
            name=name,
            array=self.name,
            title=f"{title}mean rate over {groups} groups",
            unit=(self.ours.unit or "DN") + per,
            previous_unit=(self.theirs.unit or "DN") + per,
            new=lambda: of(self.ours, self.where[0], times.new),
            previous=lambda: of(self.theirs, self.where[1], times.previous),
        )

    def _errors(self, index: tuple[int, ...]) -> Callable[[], Plane] | None:
        if self.name != "SCI" or "ERR" not in self.new.arrays or "ERR" not in self.previous.arrays:
            return None
        ours, theirs = self.new.arrays["ERR"], self.previous.arrays["ERR"]
        if ours.shape != self.ours.shape or theirs.shape != self.theirs.shape:
            return None

        def read() -> Plane:
            errors = [
                array.plane(index, part).astype(np.float64)
                for array, part in zip((ours, theirs), self.where, strict=True)
            ]
            known = (errors[0] > 0) & (errors[1] > 0)
            return np.where(known, np.hypot(*errors), 0.0)

        return read


@dataclass(frozen=True, slots=True)
class _Times:
    """Time from group to group in both files; ``same`` whether it is one."""

    new: float
    previous: float
    unit: str

    @property
    def same(self) -> bool:
        return self.new == self.previous


def _times(new: OpenedReference, previous: OpenedReference) -> _Times:
    for keyword, unit in (("TGROUP", "s"), ("NFRAMES", "frame")):
        numbers = [_spacing(file, keyword) for file in (new, previous)]
        if all(number is not None and number > 0 for number in numbers):
            ours, theirs = (float(number) for number in numbers if number is not None)
            return _Times(ours, theirs, unit) if unit == "s" or ours != theirs else _Times(1, 1, "group")
    return _Times(1, 1, "group")


def _spacing(file: OpenedReference, keyword: str) -> float | None:
    number = file.number(keyword)
    return number if keyword == "TGROUP" or number is None else number + (file.number("GROUPGAP") or 0)


def _ramps(pair: _Pair) -> Iterator[PlanePair]:
    """Give last group and rate of each integration."""
    times = _times(pair.new, pair.previous)
    groups = min(pair.ours.shape[-_CUBE], pair.theirs.shape[-_CUBE])
    integrations = pair.ours.shape[:-_CUBE]
    for before in np.ndindex(integrations):
        mark = "".join(f"_INT{number + 1}" for number in before)
        title = "".join(f"integration {number + 1}, " for number in before)
        if times.same or groups == 1:
            yield pair.plane(f"{pair.name}{mark}_LAST", f"{title}group {groups}", (*before, groups - 1))
        if groups > 1 and not pair.is_error:
            yield pair.rate(f"{pair.name}{mark}_RATE", title, before, groups, times)
