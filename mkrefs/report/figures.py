"""Figures as values: maps and histograms with places, colours and words, ready to be set into a page."""

import math
from dataclasses import dataclass
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray

from mkrefs.report.colours import LEVELS, NO_VALUE, Scale, palette, rgb
from mkrefs.report.numbers import count, number, percent, plural, quantity
from mkrefs.report.png import data_uri, indexed_png
from mkrefs.report.reduction import block_maxima, block_medians, reduction_factor
from mkrefs.report.statistics import Counts, Statistics, statistics, widened
from mkrefs.report.ticks import Tick, linear_ticks, log_ticks

#: Width of a figure's plot, and the least and largest height, in units of the drawing.
WIDTH, _LOWEST, _HIGHEST = 296.0, 40.0, 400.0
#: Height of a histogram's plot.
HISTOGRAM_HEIGHT = 190.0
#: Cells along the longer side of a map.
CELLS = 420
#: Colours and names of classes; the colours darken with what matters more.
Classes = tuple[tuple[str, str], ...]
#: Pixels by their flags.
FLAGGED: Classes = (
    ("#e9e6dc", "no flag"),
    ("#f0a202", "flagged, but usable"),
    ("#241a45", "DO_NOT_USE"),
)
#: Pixels by what became of their flags.
CHANGED: Classes = (
    ("#e9e6dc", "no change"),
    ("#f0a202", "flags cleared"),
    ("#241a45", "flags set"),
)


@dataclass(frozen=True, slots=True)
class MapFigure:
    """An image of the detector.

    Attributes
    ----------
    title, words : str
        What is shown, and the same for those who do not see it, in numbers.
    notes : tuple of str
        Sentences to be read beside it.
    image : str
        The image as the address of a page.
    height : float
        Of the plot, whose width is `WIDTH`.
    image_width, image_height : float
        Of the image, which may go beyond the plot at the top and at the right.
    columns, rows : tuple of Tick
        Ticks of the axes.
    quantity : str
        What the colour bar is of, with its unit; empty if there is none.
    bar : str
        The colour bar as the address of a page.
    bar_ticks : tuple of Tick
        Its ticks.
    legend : tuple of (str, str)
        Colours and what they stand for, where there is no bar.
    """

    title: str
    words: str
    notes: tuple[str, ...]
    image: str
    height: float
    image_width: float
    image_height: float
    columns: tuple[Tick, ...]
    rows: tuple[Tick, ...]
    quantity: str = ""
    bar: str = ""
    bar_ticks: tuple[Tick, ...] = ()
    legend: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class HistogramFigure:
    """How often values occur, with a logarithmic axis of numbers.

    Attributes
    ----------
    title, words : str
        What is shown, and the same for those who do not see it, in numbers.
    notes : tuple of str
        Sentences to be read beside it.
    quantity : str
        What the values are, with their unit.
    path : str
        Outline of the bars, for SVG.
    columns, rows : tuple of Tick
        Ticks of the axes.
    marks : tuple of Tick
        Vertical lines and their names.
    """

    title: str
    words: str
    notes: tuple[str, ...]
    quantity: str
    path: str
    columns: tuple[Tick, ...]
    rows: tuple[Tick, ...]
    marks: tuple[Tick, ...] = ()


class _Frame(TypedDict):
    """The measures of a map, as in `MapFigure`."""

    height: float
    image_width: float
    image_height: float
    columns: tuple[Tick, ...]
    rows: tuple[Tick, ...]


def described(found: Statistics, unit: str) -> str:
    """Say what an array is in numbers."""
    if not found.finite:
        return f"None of {count(found.size)} values is finite."
    missing = found.size - found.finite
    if found.least == found.greatest:
        return f"All {count(found.finite)} finite values are {quantity(found.least, unit)}."
    return (
        f"Median {quantity(found.median, unit)}, scatter {quantity(found.scatter, unit)}, "
        f"from {number(found.least)} to {quantity(found.greatest, unit)}; "
        f"{f'{count(missing)} of {count(found.size)} values are not finite' if missing else 'all finite'}."
    )


def value_map(
    image: NDArray[np.number],
    found: Statistics,
    *,
    title: str,
    name: str,
    unit: str,
    centre: float | None = None,
    cells: int = CELLS,
) -> MapFigure:
    """Draw an image with a colour bar.

    Parameters
    ----------
    image : ndarray, shape (nrows, ncols)
        The values.
    found : Statistics
        Of the image. The ends of the colour bar suit what is shown: medians of cells spread less.
    title, name, unit : str
        What is shown, and what the colour bar is of.
    centre : float or None
        Value in the middle of a bar with two branches; None for a bar with one.
    cells : int
        The most cells along the longer side.

    Returns
    -------
    MapFigure
    """
    factor = reduction_factor(image.shape, cells)
    reduced = block_medians(image, factor)
    shown = found if factor == 1 else statistics(reduced)
    low, high = widened(*((shown.low, shown.high) if shown.finite else (0.0, 0.0)))
    if centre is not None:
        reach = max(abs(low - centre), abs(high - centre))
        low, high = centre - reach, centre + reach
    scaled = np.nan_to_num((reduced - low) / (high - low) * LEVELS, nan=0.0)
    indices = np.clip(scaled, 0, LEVELS - 1).astype(np.uint8)
    indices[np.isnan(reduced)] = LEVELS
    colours = palette(Scale.EVEN if centre is None else Scale.DIVERGING)
    label = f"{name} ({unit})" if unit else name
    return MapFigure(
        title=title,
        words=f"Map of {title}. {described(found, unit)}",
        notes=(described(found, unit), *_map_notes(shown, factor, hidden=bool(np.isnan(reduced).any()))),
        image=data_uri(indexed_png(indices, colours)),
        quantity=label,
        bar=data_uri(indexed_png(np.arange(LEVELS, dtype=np.uint8)[None, :], colours)),
        bar_ticks=linear_ticks(low, high),
        **_frame(image.shape, indices.shape, factor),
    )


def class_map(
    classes: NDArray[np.uint8], known: Classes = FLAGGED, *, title: str, cells: int = CELLS
) -> MapFigure:
    """Draw which pixels are of which class; of a cell the greatest number, so that none is lost."""
    factor = reduction_factor(classes.shape, cells)
    reduced = block_maxima(classes, factor)
    numbers = np.bincount(classes.ravel(), minlength=len(known))
    colours = np.array([rgb(colour) for colour, _ in known])
    legend = tuple(
        (colour, f"{name}: {count(int(pixels))} ({percent(pixels / classes.size)})")
        for (colour, name), pixels in zip(known, numbers, strict=True)
    )
    notes = (f"A cell is {factor} × {factor} pixels and shows the worst of them.",) if factor > 1 else ()
    return MapFigure(
        title=title,
        words=f"Map of {title}. {', '.join(text for _, text in legend)}.",
        notes=notes,
        image=data_uri(indexed_png(reduced, colours)),
        legend=legend,
        **_frame(classes.shape, reduced.shape, factor),
    )


def value_histogram(counts: Counts, found: Statistics | None, *, title: str, unit: str) -> HistogramFigure:
    """Draw a histogram, with the median marked if it is known."""
    low, high = float(counts.edges[0]), float(counts.edges[-1])
    top = 2.0 * max(int(counts.counts.max(initial=1)), 1)
    median = math.nan if found is None else found.median
    marks = [Tick((median - low) / (high - low), "median")] if low <= median <= high else []
    beyond = counts.below + counts.above
    shown = f"{count(int(counts.counts.sum()))} values from {number(low)} to {quantity(high, unit)}"
    also = f", {plural(beyond, 'value')} beyond, {count(counts.above)} of them above" if beyond else ""
    said = "" if found is None else f" {described(found, unit)}"
    return HistogramFigure(
        title=title,
        words=f"Histogram of {title}: {shown}{also}.{said}",
        notes=(f"{shown}{also}.", "The axis of numbers is logarithmic."),
        quantity=f"value ({unit})" if unit else "value",
        path=_outline(counts, top),
        columns=linear_ticks(low, high),
        rows=tuple(Tick(_log_height(value, top), text) for value, text in log_ticks(int(top / 2))),
        marks=tuple(marks),
    )


def _map_notes(found: Statistics, factor: int, *, hidden: bool) -> list[str]:
    notes = []
    if found.finite and (found.least < found.low or found.greatest > found.high):
        notes.append("Values beyond the bar have the colours of its ends.")
    if factor > 1:
        notes.append(f"A cell is the median of {factor} × {factor} pixels.")
    if hidden:
        notes.append(f"Without a value: {NO_VALUE}.")
    return notes


def _frame(shape: tuple[int, ...], cells: tuple[int, ...], factor: int) -> _Frame:
    """Give the measures of a map: a strip is drawn wider than it is."""
    rows, columns = shape
    height = min(_HIGHEST, max(_LOWEST, WIDTH * rows / columns))
    return {
        "height": height,
        "image_width": WIDTH * cells[1] * factor / columns,
        "image_height": height * cells[0] * factor / rows,
        "columns": linear_ticks(0, columns, 4),
        "rows": linear_ticks(0, rows, 4 if height > WIDTH / 2 else 1),
    }


def _outline(counts: Counts, top: float) -> str:
    edges = (counts.edges - counts.edges[0]) / (counts.edges[-1] - counts.edges[0]) * WIDTH
    heights = [HISTOGRAM_HEIGHT * (1 - _log_height(float(each), top)) for each in counts.counts]
    steps = "".join(f"V{height:.1f}H{edge:.1f}" for height, edge in zip(heights, edges[1:], strict=True))
    return f"M0 {HISTOGRAM_HEIGHT:.1f}{steps}V{HISTOGRAM_HEIGHT:.1f}Z"


def _log_height(value: float, top: float) -> float:
    """Give the height of a number from 0 to 1, where the axis begins at one half."""
    return max(0.0, math.log(value / 0.5) / math.log(top / 0.5)) if value > 0 else 0.0
