"""Draws the figures that creators and corrections ask for, with matplotlib, as PNG files.

What is shown is decided by the plugins; which colours and sizes, here. No display is needed.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mkrefs.contract.figures import Curves, Figure, Histogram, Map
from mkrefs.storage.atomic import atomic_write

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import BoundaryNorm
    from matplotlib.figure import Figure as Drawing

_SIZE_INCHES, _DOTS_PER_INCH = (8.0, 6.0), 100
# Lines are told apart by dashes and brightness, so that a print in grey serves too.
_DASHES = ("-", "--", ":", "-.")
_SHADES = ("black", "tab:red", "tab:blue", "grey")
# Its brightness rises evenly.
_COLOURS = "cividis"
# Share of the values in percent, at either end, that may lie beyond the colour bar.
_BEYOND = 0.5
# Up to how many whole numbers a map is drawn in steps.
_MOST_STEPS = 9


def figure_path(output: Path, name: str) -> Path:
    """Give the path of a figure that belongs to the file ``output``."""
    return output.with_name(f"{output.stem}.{name}.png")


def write_figures(output: Path, figures: Mapping[str, Figure]) -> tuple[Path, ...]:
    """Draw figures beside a file, each whole or not at all.

    Parameters
    ----------
    output : Path
        The reference file or report that they belong to.
    figures : mapping of str to Figure
        Figures by name.

    Returns
    -------
    tuple of Path
        The files made.

    Raises
    ------
    mkrefs.errors.UserError
        If a file cannot be written.
    """
    paths = []
    for name, figure in figures.items():
        path = figure_path(output, name)
        with atomic_write(path) as temporary:
            draw(figure).savefig(temporary, format="png", dpi=_DOTS_PER_INCH)
        paths.append(path)
    return tuple(paths)


def draw(figure: Figure) -> "Drawing":
    """Draw a figure with a title, and names and units at all axes.

    Parameters
    ----------
    figure : Histogram, Map or Curves
        What to show.

    Returns
    -------
    matplotlib.figure.Figure
    """
    from matplotlib.figure import Figure as Drawing

    drawing = Drawing(figsize=_SIZE_INCHES, layout="constrained")
    axes = drawing.add_subplot()
    axes.set_title(figure.title)
    match figure:
        case Histogram():
            _draw_histogram(axes, figure)
        case Map():
            _draw_map(drawing, axes, figure)
        case Curves():
            _draw_curves(axes, figure)
    return drawing


def _draw_histogram(axes: "Axes", figure: Histogram) -> None:
    axes.stairs(figure.counts, figure.edges, fill=True, color="lightgrey", edgecolor="black")
    for place, (name, value) in enumerate(figure.lines.items()):
        style = _style(place)
        axes.axvline(value, label=f"{name}: {value:.4g}", color=style[0], linestyle=style[1])
    if figure.log:
        axes.set_yscale("log", nonpositive="clip")
        axes.set_ylim(bottom=0.5)
    axes.set_xlabel(figure.quantity)
    axes.set_ylabel("number")
    if figure.lines:
        axes.legend()


def _draw_map(drawing: "Drawing", axes: "Axes", figure: Map) -> None:
    image = np.asarray(figure.image, dtype=np.float64)
    low, high = _limits(image) if figure.limits is None else figure.limits
    steps = _steps(image, low, high)
    scale = {"vmin": low, "vmax": high} if steps is None else {"norm": steps}
    shown = axes.imshow(image, origin="lower", interpolation="nearest", cmap=_COLOURS, **scale)
    axes.set_xlabel("column (pixel)")
    axes.set_ylabel("row (pixel)")
    if steps is None:
        drawing.colorbar(shown, ax=axes, label=figure.quantity, extend="both")
    else:
        drawing.colorbar(shown, ax=axes, label=figure.quantity, ticks=steps.boundaries[:-1] + 0.5)


def _steps(image: NDArray[Any], low: float, high: float) -> "BoundaryNorm | None":
    """Give a scale with a colour for each whole number, where an image holds few of them; else None."""
    from matplotlib import colormaps
    from matplotlib.colors import BoundaryNorm

    values = image[np.isfinite(image)]
    few = values.size and low < high < low + _MOST_STEPS and values.min() >= low and values.max() <= high
    if not few or (values % 1).any() or low % 1 or high % 1:
        return None
    return BoundaryNorm(np.arange(low, high + 2) - 0.5, colormaps[_COLOURS].N)


def _draw_curves(axes: "Axes", figure: Curves) -> None:
    for place, (name, values) in enumerate(figure.curves.items()):
        colour, dashes = _style(place)
        axes.plot(figure.x, values, label=name, color=colour, linestyle=dashes)
    axes.set_xlabel(figure.x_quantity)
    axes.set_ylabel(figure.y_quantity)
    axes.legend()


def _style(place: int) -> tuple[str, str]:
    """Give colour and dashes of a line by its number."""
    return _SHADES[place % len(_SHADES)], _DASHES[place % len(_DASHES)]


def _limits(image: NDArray[Any]) -> tuple[float, float]:
    """Give the values at the ends of the colour bar: those of the image, without its outliers."""
    values = image[np.isfinite(image)]
    if not values.size:
        return 0.0, 1.0
    low, high = np.percentile(values, [_BEYOND, 100 - _BEYOND])
    return float(low), float(high)
