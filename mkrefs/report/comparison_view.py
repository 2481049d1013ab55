"""A comparison with the previous file as the page shows it, from its JSON document and its maps."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mkrefs.report.documents import mapping, mappings, real, reals, text, texts
from mkrefs.report.figures import (
    CHANGED,
    HistogramFigure,
    MapFigure,
    class_map,
    value_histogram,
    value_map,
)
from mkrefs.report.numbers import NONE, count, number, percent
from mkrefs.report.statistics import Counts, statistics
from mkrefs.report.verdicts import NO_VERDICT, Tone, Verdict, of_word

#: Cells along the longer side of a map of changes.
_CELLS = 256
_TRANSITIONS = 12
#: The images that tell which flags pixels got, and which they lost.
_FLAG_CHANGES = ("DQ_SET", "DQ_CLEARED")
#: What the two kinds of maps and histograms are called, and the value that stands for no change.
_KINDS = {"difference": ("new − previous", 0.0), "ratio": ("new / previous", 1.0)}


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table: its heading, and its cells."""

    name: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ComparisonView:
    """How a file differs from the previous one.

    Attributes
    ----------
    verdict : Verdict
        The verdict, if there is one.
    reasons : tuple of str
        Sentences.
    previous, source : str
        Name of the previous file, empty if there is none; where it comes from, or why there is none.
    maps : tuple of MapFigure
        Differences and ratios, then where flags changed.
    histograms : tuple of HistogramFigure
        Of differences and ratios.
    arrays, flags, transitions, headers : tuple of Row
        Tables: arrays in numbers, pixels by flag, pixels by flags before and after, keywords.
    more_transitions : int
        How many kinds of transitions are not shown.
    unshared : tuple of str
        Sentences on arrays that one of the files lacks.
    """

    verdict: Verdict
    reasons: tuple[str, ...]
    previous: str
    source: str
    maps: tuple[MapFigure, ...] = ()
    histograms: tuple[HistogramFigure, ...] = ()
    arrays: tuple[Row, ...] = ()
    flags: tuple[Row, ...] = ()
    transitions: tuple[Row, ...] = ()
    headers: tuple[Row, ...] = ()
    more_transitions: int = 0
    unshared: tuple[str, ...] = ()


def view_comparison(
    document: Mapping[str, Any], folder: Path, units: Mapping[str, str]
) -> ComparisonView | None:
    """Give a comparison as it is shown.

    Parameters
    ----------
    document : mapping
        The JSON document; empty if there is none.
    folder : Path
        Where its maps lie.
    units : mapping of str to str
        Units by array, where the maps do not tell them.

    Returns
    -------
    ComparisonView or None
        None if there is no comparison.
    """
    if "mkrefs_comparison" not in document:
        return None
    content = mapping(document.get("comparison"))
    given = mapping(document.get("verdict") or content.get("verdict"))
    previous = text(document.get("previous"))
    transitions = sorted(
        mappings(content.get("transitions")), key=lambda each: -(real(each.get("pixels")) or 0.0)
    )
    maps = text(document.get("maps") or content.get("maps"))
    return ComparisonView(
        verdict=_verdict(text(given.get("verdict")), previous, compared=bool(content)),
        reasons=texts(given.get("reasons")),
        previous=previous,
        source=text(document.get("source")),
        maps=tuple(_maps(folder / maps if maps else None, units)),
        histograms=tuple(_histograms(mapping(content.get("histograms")), units)),
        arrays=tuple(_array(name, mapping(each)) for name, each in mapping(content.get("arrays")).items()),
        flags=tuple(_flag(name, mapping(each)) for name, each in mapping(content.get("flags")).items()),
        transitions=tuple(_transition(each) for each in transitions[:_TRANSITIONS]),
        headers=tuple(_header(each) for each in mappings(content.get("headers"))),
        more_transitions=max(0, len(transitions) - _TRANSITIONS),
        unshared=tuple(_unshared(content)),
    )


def _verdict(word: str, previous: str, *, compared: bool) -> Verdict:
    if word:
        return of_word(word)
    return (
        Verdict("done", Tone.PLAIN)
        if compared
        else Verdict("no previous file")
        if not previous
        else NO_VERDICT
    )


def _maps(path: Path | None, units: Mapping[str, str]) -> Iterator[MapFigure]:
    """Draw the maps of changes; what cannot be read is left out."""
    if path is None or not path.is_file():
        return
    from astropy.io import fits

    try:
        with fits.open(path, memmap=False) as hdus:
            images = {hdu.name: hdu for hdu in hdus if hdu.is_image and hdu.header.get("NAXIS", 0) >= 2}
            for name, hdu in images.items():
                kind, _, array = name.partition("_")
                if kind.lower() in _KINDS:
                    yield _map(kind.lower(), array, hdu, units)
            changes = [_plane(images[name]) for name in _FLAG_CHANGES if name in images]
            if len(changes) == len(_FLAG_CHANGES) and any(change.any() for change in changes):
                yield _flag_map(*changes)
    except (OSError, ValueError, TypeError):
        return


def _map(kind: str, array: str, hdu: Any, units: Mapping[str, str]) -> MapFigure:
    words, centre = _KINDS[kind]
    plane = _plane(hdu)
    which = text(hdu.header.get("PLANE")).strip()
    unit = "" if kind == "ratio" else text(hdu.header.get("BUNIT")).strip() or _unit(array, units)
    return value_map(
        plane,
        statistics(plane),
        title=f"{array}{f' ({which})' if which else ''}, {words}",
        name=words,
        unit=unit,
        centre=centre,
        cells=_CELLS,
    )


def _plane(hdu: Any) -> NDArray[Any]:
    """Give an image, or the last plane of one with more axes."""
    planes = np.asarray(hdu.data)
    plane: NDArray[Any] = planes.reshape(-1, *planes.shape[-2:])[-1]
    return plane


def _flag_map(was_set: NDArray[Any], was_cleared: NDArray[Any]) -> MapFigure:
    """Draw where flags changed; a pixel that got a flag and lost another counts as one that got it."""
    classes = (was_cleared != 0).astype(np.uint8)
    classes[was_set != 0] = 2
    return class_map(classes, CHANGED, title="DQ, pixels whose flags changed", cells=_CELLS)


def _unit(array: str, units: Mapping[str, str]) -> str:
    """Find the unit of an array, or of that a plane is of: SCI_LAST is of SCI."""
    return units.get(array, units.get(array.partition("_")[0], ""))


def _histograms(content: Mapping[str, Any], units: Mapping[str, str]) -> Iterator[HistogramFigure]:
    for array, kinds in content.items():
        for kind, (words, _) in _KINDS.items():
            found = mapping(mapping(kinds).get(kind))
            edges, counts = np.array(reals(found.get("edges"))), np.array(reals(found.get("counts")))
            if edges.size == counts.size + 1 and counts.size and (np.diff(edges) > 0).all():
                unit = "" if kind == "ratio" else _unit(array, units)
                shown = Counts(edges, counts.astype(np.int64), 0, 0)
                yield value_histogram(shown, None, title=f"{array}, {words}", unit=unit)


def _array(name: str, each: Mapping[str, Any]) -> Row:
    difference, ratio = mapping(each.get("difference")), mapping(each.get("ratio"))
    largest = mapping(each.get("largest"))
    place = ", ".join(texts(largest.get("index")))
    where = f"{number(real(largest.get('before')))} → {number(real(largest.get('after')))} at [{place}]"
    return Row(
        name,
        (
            *(number(real(part.get(key))) for part in (difference, ratio) for key in ("median", "scatter")),
            percent(real(each.get("changed"))),
            where if largest else NONE,
        ),
    )


def _flag(name: str, each: Mapping[str, Any]) -> Row:
    values = (real(each.get(key)) for key in ("before", "after", "set", "cleared", "kept"))
    return Row(name, tuple(NONE if value is None else count(int(value)) for value in values))


def _transition(each: Mapping[str, Any]) -> Row:
    pixels = real(each.get("pixels"))
    return Row(
        text(each.get("before")), (text(each.get("after")), NONE if pixels is None else count(int(pixels)))
    )


def _header(each: Mapping[str, Any]) -> Row:
    values = ("(absent)" if each.get(key) is None else str(each.get(key)) for key in ("before", "after"))
    return Row(f"{text(each.get('extension'))} {text(each.get('keyword'))}", tuple(values))


def _unshared(content: Mapping[str, Any]) -> Iterator[str]:
    for key, which in (("only_new", "new"), ("only_previous", "previous")):
        names = texts(content.get(key))
        if names:
            yield f"Only in the {which} file: {', '.join(names)}."
