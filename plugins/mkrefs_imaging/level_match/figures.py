"""The figures of a pair, as values; the engine draws them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import Figure, Histogram, Map, SkyTransform
from mkrefs_imaging.level_match.pairs import Overlap
from mkrefs_imaging.level_match.plane import TangentPlane, coordinate_nodes
from mkrefs_imaging.overlaps.kernels import positions

_BINS = 50
# The range of a histogram, in percentiles, as documented.
_RANGE = (1.0, 99.0)
# Pixels of a map along each side, at most.
_SIDE = 256


@dataclass(frozen=True, slots=True)
class FigureSettings:
    """How many differences a histogram is drawn of, and their unit."""

    max_points: int
    unit: str


def pair_figures(
    names: tuple[str, str],
    overlap: Overlap,
    sky: SkyTransform,
    plane: TangentPlane,
    settings: FigureSettings,
) -> Mapping[str, Figure]:
    """Give the histogram of the differences of a pair with the fit, and a map where it is a plane.

    Parameters
    ----------
    names : (str, str)
        Names of the two pieces.
    overlap : Overlap
        Their differences on the pixels of the first.
    sky, plane : SkyTransform, TangentPlane
        Of the first, and the common coordinates.
    settings : FigureSettings
        How to draw.

    Returns
    -------
    mapping of str to Figure
        With a fitted plane the histogram is of what it leaves.
    """
    stem = f"{names[1]}_to_{names[0]}"
    title = f"{names[0]} minus {names[1]}"
    quantity = f"difference ({settings.unit})" if settings.unit else "difference"
    if overlap.value.size == 1:
        histogram = _histogram(overlap.box, float(overlap.value[0]), title, quantity, settings.max_points)
        return {f"{stem}_histogram": histogram}
    fitted = _fitted(overlap, sky, plane)
    left = _histogram(overlap.box - fitted, 0.0, f"{title}, less the plane", quantity, settings.max_points)
    return {
        f"{stem}_histogram": left,
        f"{stem}_differences": Map(title, quantity, _binned(overlap.box)),
        f"{stem}_plane": Map(f"{title}: the plane", quantity, _binned(fitted)),
    }


def _histogram(
    box: NDArray[np.floating], fit: float, title: str, quantity: str, max_points: int
) -> Histogram:
    values = box[np.isfinite(box)].astype(np.float64)
    # Evenly taken from all of the overlap, and the same ones each time.
    values = values[np.unique(np.linspace(0, values.size - 1, max_points).astype(np.int64))]
    low, high = (float(limit) for limit in np.percentile(values, _RANGE))
    if not high > low:
        low, high = low - 0.5, high + 0.5
    counts, edges = np.histogram(values, bins=_BINS, range=(low, high))
    return Histogram(title, quantity, edges, counts, {"fit": fit}, log=False)


def _fitted(overlap: Overlap, sky: SkyTransform, plane: TangentPlane) -> NDArray[np.float32]:
    """Give the plane on the pixels of the box."""
    where = overlap.where
    u_nodes, v_nodes, rows, columns = coordinate_nodes(sky, plane, where.rows, where.columns)
    u, v = np.empty(where.shape), np.empty(where.shape)
    positions(u_nodes, v_nodes, rows, columns, 0, u, v)
    constant, east, north = overlap.value
    return np.asarray(constant + east * u + north * v, dtype=np.float32)


def _binned(image: NDArray[np.floating]) -> NDArray[np.float32]:
    """Make an image small enough to look at, by means over squares."""
    step = max(-(-max(image.shape) // _SIDE), 1)
    nrows, ncols = (max(length // step, 1) * step if length >= step else length for length in image.shape)
    rows, columns = np.arange(0, nrows, step), np.arange(0, ncols, step)
    cut = image[:nrows, :ncols]
    finite = np.isfinite(cut)
    total, count = np.where(finite, cut, 0.0), finite.astype(np.float64)
    for axis, starts in ((0, rows), (1, columns)):
        total = np.add.reduceat(total, starts, axis=axis)
        count = np.add.reduceat(count, starts, axis=axis)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan).astype(np.float32)
