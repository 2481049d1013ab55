"""How an array is divided: boxes that give one gain each, and cells, the small parts boxes are measured in.

Neither mixes pixels that different amplifiers read, where these read stripes side by side.
"""

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import ExposureMetadata

_FULL, _OUTPUTS = 2048, 4
# Largest side of a cell: the mean taken off must follow drifts, and a row of cells must fit in memory.
_CELL = 32
_PARITIES = 2
Edges = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Axis:
    """The division of one axis of the array.

    Attributes
    ----------
    cells : ndarray of int64, shape (ncells + 1,)
        Edges of the cells in pixels.
    box : ndarray of int64, shape (ncells,)
        Number of the box that a cell belongs to.
    boxes : ndarray of int64, shape (nboxes + 1,)
        Edges of the boxes in pixels.
    stripe : ndarray of int64, shape (nboxes,)
        Number of the amplifier's stripe that a box belongs to.
    """

    cells: Edges
    box: Edges
    boxes: Edges
    stripe: Edges


@dataclass(frozen=True, slots=True)
class Grid:
    """The division of an array.

    Attributes
    ----------
    rows, columns : Axis
        The division of each axis; a cell is a row of cells crossed by a column of cells.
    phase : ndarray of int64, shape (nrows, ncols)
        Columns (or rows, along the fast axis) that drift by themselves: even and odd ones.
    phases : int
        Their number.
    fast : int
        The axis of the array along which amplifiers read: 1 along a row.
    """

    rows: Axis
    columns: Axis
    phase: Edges
    phases: int
    fast: int

    @property
    def cells(self) -> tuple[int, int]:
        """Numbers of rows and columns of cells."""
        return self.rows.box.size, self.columns.box.size

    @property
    def boxes(self) -> tuple[int, int]:
        """Numbers of rows and columns of boxes."""
        return self.rows.stripe.size, self.columns.stripe.size

    @property
    def amplifier(self) -> Edges:
        """Number of the stripe of each box, of shape ``boxes``."""
        return self.rows.stripe[:, None] + self.columns.stripe[None, :]

    @property
    def pixels(self) -> Edges:
        """Number of pixels of each cell, of shape ``cells``."""
        return np.diff(self.rows.cells)[:, None] * np.diff(self.columns.cells)[None, :]


def pool(grid: Grid, cells: NDArray[np.float64]) -> NDArray[np.float64]:
    """Add up what cells hold, by box.

    Parameters
    ----------
    grid : Grid
        The division.
    cells : ndarray of float64, shape (nrows, ncols, ...)
        A value for each cell.

    Returns
    -------
    ndarray of float64, shape (*grid.boxes, ...)
    """
    out = np.zeros((*grid.boxes, *cells.shape[2:]))
    np.add.at(out, (grid.rows.box[:, None], grid.columns.box[None, :]), cells)
    return out


def amplifier_edges(metadata: ExposureMetadata, size: int) -> Edges:
    """Give the edges of the stripes that amplifiers read, along the fast axis.

    Parameters
    ----------
    metadata : ExposureMetadata
        Instrument, place on the detector, direction of reading, number of outputs.
    size : int
        Pixels along the fast axis.

    Returns
    -------
    ndarray of int64
        First and last included. One stripe where a single output reads the array, and for MIRI, whose
        outputs read every fourth column.
    """
    single = metadata.noutputs == 1 or (metadata.noutputs is None and size < _FULL)
    if metadata.instrument == "MIRI" or single:
        return np.array([0, size])
    first = (metadata.xstart if abs(metadata.fastaxis) == 1 else metadata.ystart) - 1
    inner = np.arange(1, _OUTPUTS) * (_FULL // _OUTPUTS) - first
    return np.concatenate([[0], inner[(inner > 0) & (inner < size)], [size]])


def make_grid(metadata: ExposureMetadata, shape: tuple[int, int], boxsize: float) -> Grid:
    """Divide an array into boxes.

    Parameters
    ----------
    metadata : ExposureMetadata
        Tells the amplifiers.
    shape : (int, int)
        Rows and columns of the array.
    boxsize : float
        Wanted side of a box in pixels; boxes of one amplifier have the same size within a pixel.

    Returns
    -------
    Grid
    """
    along = abs(metadata.fastaxis) == 1 or metadata.instrument == "MIRI"
    stripes = amplifier_edges(metadata, shape[1] if along else shape[0])
    whole = [np.array([0, size]) for size in shape]
    rows, columns = (whole[0], stripes) if along else (stripes, whole[1])
    phases = _OUTPUTS if metadata.instrument == "MIRI" else _PARITIES
    places = (metadata.xstart if along else metadata.ystart) - 1 + np.arange(shape[1] if along else shape[0])
    phase = places % phases
    return Grid(
        _divide(rows, boxsize),
        _divide(columns, boxsize),
        np.ascontiguousarray(np.broadcast_to(phase[None, :] if along else phase[:, None], shape)),
        phases,
        1 if along else 0,
    )


def _divide(stripes: Edges, boxsize: float) -> Axis:
    """Divide each stripe into equal boxes, and each box into equal cells."""
    boxes, cells, box, stripe = [0], [0], list[int](), list[int]()
    for number, (start, stop) in enumerate(itertools.pairwise(stripes.tolist())):
        count = max(1, min(round((stop - start) / boxsize), stop - start))
        for edge in np.linspace(start, stop, count + 1).round().astype(np.int64)[1:]:
            parts = -(-int(edge - boxes[-1]) // _CELL)
            cells.extend(np.linspace(boxes[-1], edge, parts + 1).round().astype(np.int64)[1:])
            box.extend([len(stripe)] * parts)
            boxes.append(int(edge))
            stripe.append(number)
    return Axis(np.array(cells), np.array(box), np.array(boxes), np.array(stripe))
