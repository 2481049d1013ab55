"""All that the page tells of a group of corrected images: what the correction says, what it took away."""

from base64 import b64encode
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mkrefs.jobs.outcome import State
from mkrefs.overview.records import ProductRecord
from mkrefs.report.comparison_view import Row
from mkrefs.report.documents import mapping, mappings, read_document, real, text, texts
from mkrefs.report.figures import MapFigure, value_map
from mkrefs.report.numbers import NONE, count, number, plural
from mkrefs.report.statistics import statistics
from mkrefs.report.verdicts import Verdict, of_counts

#: Kind of the jobs that correct images, and how the names of their reports end.
CORRECTION = "CorrectJob"
_REPORT = ".correction.json"
#: Images that are drawn of a group, figures of the correction that are set into the page, and cells of a map.
_DRAWN, _FIGURES, _CELLS = 6, 12, 256
#: A difference that varies less than by this share of itself is one level.
_UNIFORM = 1e-4
_STANDING: Mapping[str, str] = {
    "fill": "#filled",
    "blank": "#blanked",
    "flag": "#flagged",
    "unflag": "#unflagged",
}
_UNREADABLE = (OSError, ValueError, TypeError, KeyError, IndexError)
_IN_PLACE = (State.MADE, State.KEPT)


@dataclass(frozen=True, slots=True)
class CorrectionView:
    """What the page tells of the images that one correction made.

    Attributes
    ----------
    anchor, label, title : str
        Name of its place on the page; the correction; the correction and how many images in how many groups.
    state : str
        How its jobs ended.
    reasons : tuple of str
        Why, of those that did not end well.
    verdict : Verdict
        Whether it warns.
    path : str
        Where the images are, as seen from the run folder.
    took : float
        Seconds that all its jobs took.
    warnings, history : tuple of str
        What it says of its groups, each line once.
    columns : tuple of str
        Headings of the table of images; a # before a number's.
    images : tuple of Row
        Its rows.
    results : tuple of (str, str)
        What came out for a single group in plain numbers and words.
    maps : tuple of MapFigure
        Of the first images, what was taken away, and the corrected image.
    figures : tuple of (str, str)
        The correction's own figures: names and addresses that hold them.
    parameters : tuple of (str, str)
        With which it was made.
    """

    anchor: str
    label: str
    title: str
    state: str
    reasons: tuple[str, ...]
    verdict: Verdict
    path: str
    took: float
    warnings: tuple[str, ...] = ()
    history: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    images: tuple[Row, ...] = ()
    results: tuple[tuple[str, str], ...] = ()
    maps: tuple[MapFigure, ...] = ()
    figures: tuple[tuple[str, str], ...] = ()
    parameters: tuple[tuple[str, str], ...] = ()


def view_corrections(products: Sequence[ProductRecord], folder: Path) -> tuple[CorrectionView, ...]:
    """Collect what there is to tell of all corrections of a run.

    Parameters
    ----------
    products : sequence of ProductRecord
        All files of the run. An image counts where it was made last: groups may have changed since.
    folder : Path
        The run folder.

    Returns
    -------
    tuple of CorrectionView
        One for each correction, in the order in which they were told of first.
    """
    corrections = [each for each in products if each.kind == CORRECTION]
    makers = {each.file: each.job for each in corrections if not each.file.endswith(_REPORT)}
    reports = [each for each in corrections if each.file.endswith(_REPORT)]
    reports = [each for each in reports if each.state not in _IN_PLACE or each.job in makers.values()]
    by_label: dict[str, list[ProductRecord]] = {}
    for report in sorted(reports, key=lambda report: report.told):
        by_label.setdefault(report.label, []).append(report)
    members = enumerate(by_label.values(), 1)
    return tuple(_view(reports, folder, number, makers) for number, reports in members)


def _view(
    reports: Sequence[ProductRecord], folder: Path, number_of_label: int, makers: Mapping[str, str]
) -> CorrectionView:
    there = [report for report in reports if report.state in _IN_PLACE]
    documents = [read_document(Path(report.file)) for report in there]
    images = [
        image
        for report, document in zip(there, documents, strict=True)
        for image in mappings(document.get("images"))
        if makers.get(str(Path(report.file).with_name(text(image.get("output")) or "-"))) == report.job
    ]
    images.sort(key=lambda image: text(image.get("exposure")))
    label, place = reports[0].label, Path(reports[0].file).parent
    columns, rows = _table(images)
    warnings = _once(documents, "warnings")
    inputs = [path for report in there for path in report.inputs]
    return CorrectionView(
        anchor=f"correction-{number_of_label}",
        label=label,
        title=f"{label}: {plural(len(images), 'image')} in {plural(len(reports), 'group')}",
        state=_states(reports),
        reasons=tuple(dict.fromkeys(report.reason for report in reports if report.reason)),
        verdict=of_counts(len(reports) - len(there), len(warnings)),
        path=str(place.relative_to(folder)) if place.is_relative_to(folder) else str(place),
        took=sum(report.seconds or 0.0 for report in reports),
        warnings=warnings,
        history=_once(documents, "history"),
        columns=columns,
        images=rows,
        results=tuple(_plain(mapping(documents[0].get("results")))) if len(documents) == 1 else (),
        maps=tuple(_maps(images, inputs, place)),
        figures=tuple(_figures([mapping(document.get("figures")) for document in documents], place)),
        parameters=tuple(_named(mapping(documents[0].get("parameters")))) if documents else (),
    )


def _states(reports: Sequence[ProductRecord]) -> str:
    """Say how the jobs of a correction ended: in one word if all ended alike."""
    states = Counter(str(report.state) for report in reports)
    return (
        next(iter(states)) if len(states) == 1 else ", ".join(f"{n} {state}" for state, n in states.items())
    )


def _once(documents: Sequence[Mapping[str, Any]], key: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line for document in documents for line in texts(document.get(key))))


def _table(images: Sequence[Mapping[str, Any]]) -> tuple[tuple[str, ...], tuple[Row, ...]]:
    """Make the table of images: results that any has, and the changes of standing that any had."""
    names = dict.fromkeys(name for image in images for name in mapping(image.get("results")))
    changes = [
        change for change in _STANDING if any(mapping(image.get("status")).get(change) for image in images)
    ]
    numeric = {
        name
        for name in names
        if any(real(mapping(image.get("results")).get(name)) is not None for image in images)
    }
    columns = (
        "image",
        *(f"#{name}" if name in numeric else name for name in names),
        *(_STANDING[change] for change in changes),
    )
    rows = tuple(
        Row(
            text(image.get("exposure")),
            (
                *(text_of(mapping(image.get("results")).get(name)) for name in names),
                *(count(int(real(mapping(image.get("status")).get(change)) or 0)) for change in changes),
            ),
        )
        for image in images
    )
    return columns, rows


def text_of(value: Any) -> str:
    """Give a value of a document in words; a dash for none."""
    found = real(value)
    if found is not None:
        return count(found) if isinstance(found, int) else number(found)
    if isinstance(value, list):
        return ", ".join(map(text_of, value)) or NONE
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {text_of(each)}" for name, each in value.items()) or NONE
    return NONE if value is None else str(value)


def _named(values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    yield from ((name, text_of(value)) for name, value in values.items())


def _plain(results: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Give the results of a group that are single values; tables and matrices stay in the report."""
    for name, value in results.items():
        if not isinstance(value, list | Mapping):
            yield name, text_of(value)


def _maps(images: Sequence[Mapping[str, Any]], inputs: Sequence[str], folder: Path) -> Iterator[MapFigure]:
    """Draw what was taken away from the first images, and what remained."""
    by_name = {Path(path).name: Path(path) for path in inputs}
    for image in images[:_DRAWN]:
        after, unit = _science(folder / text(image.get("output")))
        if after is None:
            continue
        exposure = text(image.get("exposure"))
        before, _ = _science(by_name.get(text(image.get("input")), folder))
        if before is not None and before.shape == after.shape:
            taken = before - after
            if _varies(taken):
                yield _map(taken, f"{exposure}, taken away", "difference", unit, centre=0.0)
        yield _map(after, f"{exposure}, corrected", "SCI", unit)


def _varies(taken: NDArray[Any]) -> bool:
    """Tell whether a difference is worth a map: one level for all pixels is told by the table."""
    found = statistics(taken)
    return bool(found.finite) and found.greatest - found.least > 1e-4 * max(
        abs(found.least), abs(found.greatest)
    )


def _map(image: NDArray[Any], title: str, name: str, unit: str, *, centre: float | None = None) -> MapFigure:
    return value_map(image, statistics(image), title=title, name=name, unit=unit, centre=centre, cells=_CELLS)


def _science(path: Path) -> tuple[NDArray[Any] | None, str]:
    """Read the science array, of a cube its first plane; None if it cannot be read."""
    from astropy.io import fits

    try:
        with fits.open(path, memmap=False) as hdus:
            hdu = hdus["SCI"]
            data = np.asarray(hdu.section[(0,) * (len(hdu.shape) - 2)]).astype(np.float32)
            return (data, str(hdu.header.get("BUNIT", "")).strip()) if data.ndim == 2 else (None, "")
    except (*_UNREADABLE, fits.VerifyError):
        return None, ""


def _figures(found: Sequence[Mapping[str, Any]], folder: Path) -> Iterator[tuple[str, str]]:
    files = [(name, Path(str(file)).name) for figures in found for name, file in figures.items()]
    for name, file in files[:_FIGURES]:
        try:
            png = (folder / file).read_bytes()
        except OSError:
            continue
        yield name, f"data:image/png;base64,{b64encode(png).decode('ascii')}"
