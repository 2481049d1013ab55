"""Compares two open reference files: headers, flags, and arrays plane by plane, with maps of what differs."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from mkrefs.comparison.arrays import ArrayComparison, Change, compare_arrays, compare_finite, largest_change
from mkrefs.comparison.flags import FlagChanges, change_maps, compare_flags
from mkrefs.comparison.headers import HeaderDifference, compare_headers
from mkrefs.comparison.histograms import Histograms
from mkrefs.comparison.limits import limits_for
from mkrefs.comparison.maps import MapFile, add_flag_maps, add_value_maps
from mkrefs.comparison.opened import OpenedReference, Slices, StoredArray
from mkrefs.comparison.places import Overlay, overlay
from mkrefs.comparison.planes import RAMPS, PlanePair, outputs_of, plane_pairs

_PLANE = 2
_ALL: Slices = (slice(None), slice(None))
_Where = tuple[Slices, Slices]
_Compared = tuple[str, ArrayComparison, Histograms]


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a reference file differs from the previous one.

    Attributes
    ----------
    reftype, instrument : str
        Of the new file: the type in lower case, INSTRUME as it is spelled.
    headers : tuple of HeaderDifference
        Keywords that differ.
    arrays : mapping of str to ArrayComparison
        By name, for the arrays that both hold; planes of arrays with more than two axes after them.
    only_new, only_previous : tuple of str
        Arrays, or whole tables, that one of them lacks.
    flags : FlagChanges
        How the DQ arrays differ; without any pixel if one of them lacks it.
    histograms : mapping of str to Histograms
        By array or plane.
    place : str
        The part of the detector that was compared, where it is not all of both files; else empty.
    """

    reftype: str
    instrument: str
    headers: tuple[HeaderDifference, ...]
    arrays: Mapping[str, ArrayComparison]
    only_new: tuple[str, ...]
    only_previous: tuple[str, ...]
    flags: FlagChanges = field(default_factory=lambda: FlagChanges(0, {}))
    histograms: Mapping[str, Histograms] = field(default_factory=dict)
    place: str = ""

    @property
    def equal(self) -> bool:
        """Whether arrays and flags are the same, whatever the headers say."""
        told = (*self.only_new, *self.only_previous, *self.flags.transitions)
        changed = any(flag.set != 0 or flag.cleared != 0 for flag in self.flags.flags.values())
        return not told and not changed and all(array.equal for array in self.arrays.values())


def compare_references(
    new: OpenedReference, previous: OpenedReference, maps: MapFile | None = None
) -> Comparison:
    """Compare two reference files of the same type.

    Parameters
    ----------
    new, previous : OpenedReference
        The files; planes are read one at a time.
    maps : MapFile or None
        Gets the maps of what differs.

    Returns
    -------
    Comparison
    """
    on = overlay(new, previous)
    arrays: dict[str, ArrayComparison] = {}
    histograms: dict[str, Histograms] = {}
    for name, array, distribution in _arrays(new, previous, on, maps):
        arrays[name] = array
        if distribution != Histograms():
            histograms[name] = distribution
    return Comparison(
        reftype=new.keyword("REFTYPE").lower(),
        instrument=new.keyword("INSTRUME"),
        headers=compare_headers(new.headers, previous.headers),
        arrays=arrays,
        only_new=_lacking(previous, new),
        only_previous=_lacking(new, previous),
        flags=_flags(new, previous, on, maps),
        histograms=histograms,
        place=str(on.common) if on.cut else "",
    )


def _lacking(file: OpenedReference, other: OpenedReference) -> tuple[str, ...]:
    """Name the arrays of the other file that this one lacks; of a whole table its name alone."""
    names = [name for name in other.arrays if name not in file.arrays]
    extensions = {name: name.partition(".")[0] for name in names}
    whole = [extension if extension not in file.headers else name for name, extension in extensions.items()]
    return (*dict.fromkeys(whole), *(["DQ"] if other.dq and not file.dq else []))


def _arrays(
    new: OpenedReference, previous: OpenedReference, on: Overlay, maps: MapFile | None
) -> Iterator[_Compared]:
    """Compare the arrays that both files hold."""
    for name, ours in new.arrays.items():
        theirs = previous.arrays.get(name)
        if theirs is None:
            continue
        where = on.slices(ours.shape, theirs.shape)
        if where is not None:
            yield from _planes(name, new, previous, on, where, maps)
        elif ours.shape == theirs.shape:
            found, distributions = compare_arrays(ours.read(...), theirs.read(...))
            yield name, replace(found, unit=ours.unit, previous_unit=theirs.unit), distributions
        else:
            yield name, ArrayComparison(ours.shape, theirs.shape), Histograms()


def _planes(
    name: str,
    new: OpenedReference,
    previous: OpenedReference,
    on: Overlay,
    where: _Where,
    maps: MapFile | None,
) -> Iterator[_Compared]:
    """Compare an array of two axes or more, plane by plane."""
    ours, theirs = new.arrays[name], previous.arrays[name]
    if len(ours.shape) > _PLANE or len(theirs.shape) > _PLANE:
        whole = _whole(ours, theirs, where)
        yield name, whole, Histograms()
        if whole.equal and new.keyword("REFTYPE") not in RAMPS:
            return
    rows, columns = where[0]
    outputs = outputs_of(new, on, (rows.stop - rows.start, columns.stop - columns.start))
    limits = limits_for(new.keyword("REFTYPE").lower(), name)
    for pair in plane_pairs(name, new, previous, where):
        after, before = pair.new(), pair.previous()
        found, distributions = compare_arrays(
            after,
            before,
            sigma=limits.sigma,
            errors=pair.errors() if pair.errors else None,
            outputs=outputs,
            better=limits.orientation,
        )
        if maps is not None and pair.mapped and not found.equal:
            add_value_maps(maps, pair.name, pair.title, pair.unit, after, before)
        yield pair.name, _described(found, pair, where[0]), distributions


def _described(found: ArrayComparison, pair: PlanePair, where: Slices) -> ArrayComparison:
    """Say which plane it is, and give the place of the largest change in the whole new plane."""
    if found.largest is not None:
        corner = tuple(each.start for each in where)
        index = tuple(int(first + step) for first, step in zip(corner, found.largest.index, strict=True))
        found = replace(found, largest=replace(found.largest, index=index))
    return replace(
        found,
        title=pair.title,
        unit=pair.unit,
        previous_unit=pair.previous_unit,
        judged=pair.judged,
    )


def _whole(ours: StoredArray, theirs: StoredArray, where: _Where) -> ArrayComparison:
    """Compare an array of more than two axes as a whole, one plane in memory at a time."""
    found = ArrayComparison(ours.shape, theirs.shape, unit=ours.unit, previous_unit=theirs.unit)
    leading = ours.shape[:-_PLANE]
    if leading != theirs.shape[:-_PLANE]:
        return found
    planes, largest = [], None
    for index in np.ndindex(leading):
        after, before = ours.plane(index, where[0]), theirs.plane(index, where[1])
        planes.append(compare_finite(after, before)[0])
        change = largest_change(after, before)
        if change is not None and (largest is None or _size(change) > _size(largest)):
            corner = tuple(each.start for each in where[0])
            place = (first + step for first, step in zip(corner, change.index, strict=True))
            largest = replace(change, index=(*index, *map(int, place)))
    return replace(
        found,
        finite=float(np.mean([each.finite for each in planes])) if planes else math.nan,
        previous_finite=float(np.mean([each.previous_finite for each in planes])) if planes else math.nan,
        became_finite=sum(each.became_finite for each in planes),
        lost=sum(each.lost for each in planes),
        size=sum(each.size or 0 for each in planes),
        largest=largest,
    )


def _size(change: Change) -> float:
    return abs(change.after - change.before)


def _flags(new: OpenedReference, previous: OpenedReference, on: Overlay, maps: MapFile | None) -> FlagChanges:
    """Compare the DQ arrays, if both files have one."""
    if new.dq is None or previous.dq is None:
        return FlagChanges(0, {})
    where = on.slices(new.dq.shape, previous.dq.shape)
    if where is None:
        return compare_flags(new.flags(_ALL), previous.flags(_ALL))
    after, before = new.flags(where[0]), previous.flags(where[1])
    found = compare_flags(after, before)
    if maps is not None and found.transitions:
        add_flag_maps(maps, *change_maps(after, before))
    return found
