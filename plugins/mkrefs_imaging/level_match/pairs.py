"""What two pieces that overlap say of each other: the clipped median of their differences, or a plane."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import SkyTransform
from mkrefs_imaging.level_match.kernels import cell_moments, gather, plane_sums
from mkrefs_imaging.level_match.noise import RowLayout
from mkrefs_imaging.level_match.plane import TangentPlane, coordinate_nodes
from mkrefs_imaging.overlaps.methods import ReprojectFunction
from mkrefs_imaging.overlaps.pixel_map import PixelMap, pixel_map
from mkrefs_imaging.overlaps.resampling import difference
from mkrefs_imaging.statistics.clipped import clipped_statistics

Vector = NDArray[np.float64]

_MAD_TO_SIGMA = 1.4826022185056018


@dataclass(frozen=True, slots=True)
class PairSettings:
    """How a pair is measured; the names are those of the parameters.

    Attributes
    ----------
    slopes : bool
        Fit planes, not only constants.
    cells : bool
        Also tell what each row of an amplifier adds.
    """

    slopes: bool
    cells: bool
    sigma: float = 3.0
    maxiters: int = 10
    plane_fit_maxiters: int = 20
    plane_fit_abs_tol: float = 1e-8
    plane_fit_rel_tol: float = 1e-5
    min_linear_frac: float = 0.2
    reproject_func: ReprojectFunction = "interp"


@dataclass(frozen=True, slots=True)
class Side:
    """One piece of a pair.

    Attributes
    ----------
    marked : ndarray of float, shape (nrows, ncols)
        Its science array, NaN where it is not usable.
    sky : SkyTransform
        Its way to the sky.
    layout : RowLayout
        How its pixels share noise.
    extent : (int, int)
        Rows and columns between its outermost usable pixels.
    """

    marked: NDArray[np.floating]
    sky: SkyTransform
    layout: RowLayout
    extent: tuple[int, int]

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.marked.shape[0], self.marked.shape[1]


@dataclass(frozen=True, slots=True)
class Cells:
    """What rows of amplifiers add to a pair.

    Attributes
    ----------
    index : ndarray of int64, shape (n,)
        Row times number of amplifiers plus amplifier.
    moments : ndarray of float64, shape (ncoefficients, n)
        Sums of 1, or of (1, u, v), over the pixels of each.
    """

    index: NDArray[np.int64]
    moments: Vector


@dataclass(frozen=True, slots=True)
class Pair:
    """The difference of two pieces, first minus second.

    Attributes
    ----------
    value : ndarray of float64, shape (ncoefficients,)
        Constant, or constant and slopes of a plane in the common coordinates.
    normal : ndarray of float64, shape (ncoefficients, ncoefficients)
        Sums of the products of (1, u, v) over the pixels that count.
    npix : int
        Number of pixels that both have.
    rms : float
        Standard deviation of what the clip leaves of the differences.
    long : bool
        Whether the overlap is long enough in any direction of either.
    cells : (Cells, Cells)
        What the rows of both add; empty if not asked for.
    """

    value: Vector
    normal: Vector
    npix: int
    rms: float
    long: bool
    cells: tuple[Cells, Cells]


@dataclass(frozen=True, slots=True)
class Overlap:
    """Differences of a pair on the pixels of its first piece, and what was fitted to them."""

    where: PixelMap
    box: NDArray[np.float32]
    value: Vector
    normal: Vector
    npix: int
    rms: float


def measure_pair(first: Side, second: Side, plane: TangentPlane, settings: PairSettings) -> Pair | None:
    """Measure the difference of two pieces.

    Both are in turn brought onto the pixels of the other and the mean of the two is taken: interpolation
    smooths one image of the two, which pulls the difference down wherever stars are, and so pulls it up
    again by as much.

    Parameters
    ----------
    first, second : Side
        The pieces.
    plane : TangentPlane
        The common coordinates.
    settings : PairSettings
        How to measure.

    Returns
    -------
    Pair or None
        None where they have no pixel in common.
    """
    there = measure_overlap(first, second, plane, settings)
    if there is None:
        return None
    back = measure_overlap(second, first, plane, settings)
    cells = _cells(first, second, there, plane, settings) if settings.cells else (_none(), _none())
    if back is None:
        long = _is_long(there, first, settings)
        return Pair(there.value, there.normal, there.npix, there.rms, long, cells)
    return Pair(
        (there.value - back.value) / 2,
        (there.normal + back.normal) / 2,
        there.npix,
        (there.rms + back.rms) / 2,
        _is_long(there, first, settings) or _is_long(back, second, settings),
        cells,
    )


def measure_overlap(first: Side, second: Side, plane: TangentPlane, settings: PairSettings) -> Overlap | None:
    """Measure the difference of two pieces on the pixels of the first.

    Parameters
    ----------
    first, second, plane, settings
        As for `measure_pair`.

    Returns
    -------
    Overlap or None
        None where they have no pixel in common.
    """
    where = pixel_map(first.sky, second.sky, first.shape, second.shape)
    if where is None:
        return None
    box = difference(first.marked, None, second.marked, None, where, method=settings.reproject_func)
    if settings.slopes:
        return _fit_plane(where, box, first.sky, plane, settings)
    npix = int(np.count_nonzero(np.isfinite(box)))
    if npix == 0:
        return None
    kept = clipped_statistics(box, sigma=settings.sigma, max_iters=settings.maxiters)
    normal = np.array([[float(kept.count)]])
    return Overlap(where, box, np.array([kept.median]), normal, npix, kept.scatter)


def _fit_plane(
    where: PixelMap, box: NDArray[np.float32], sky: SkyTransform, plane: TangentPlane, settings: PairSettings
) -> Overlap | None:
    """Fit a plane, and clip about it, until neither changes any more."""
    values = np.empty(box.size, dtype=np.float32)
    u, v = np.empty(box.size), np.empty(box.size)
    npix = gather(box, *coordinate_nodes(sky, plane, where.rows, where.columns), values, u, v)
    if npix == 0:
        return None
    values, u, v = values[:npix], u[:npix], v[:npix]
    # About the middle of the overlap the coefficients do not depend on each other.
    centre = np.array([u.mean(), v.mean()])
    u -= centre[0]
    v -= centre[1]
    coefficients = np.array([float(np.median(values)), 0.0, 0.0])
    rms = _MAD_TO_SIGMA * float(np.median(np.abs(values - np.float32(coefficients[0]))))
    rms = rms if rms > 0 else float(values.std())
    normal, right = np.empty((3, 3)), np.empty(3)
    for _ in range(settings.plane_fit_maxiters):
        _, rms = plane_sums(values, u, v, coefficients, settings.sigma * rms, normal, right)
        change = np.asarray(np.linalg.pinv(normal, hermitian=True) @ right)
        coefficients = coefficients + change
        allowed = settings.plane_fit_abs_tol + settings.plane_fit_rel_tol * np.abs(coefficients)
        if (np.abs(change) <= allowed).all():
            break
    shift = np.array([[1.0, 0.0, 0.0], [centre[0], 1.0, 0.0], [centre[1], 0.0, 1.0]])
    coefficients[0] -= coefficients[1:] @ centre
    return Overlap(where, box, coefficients, shift @ normal @ shift.T, npix, rms)


def _is_long(overlap: Overlap, side: Side, settings: PairSettings) -> bool:
    there = extent(overlap.box)
    limits = [settings.min_linear_frac * length for length in side.extent]
    return any(length > limit for length, limit in zip(there, limits, strict=True))


def extent(marked: NDArray[np.floating]) -> tuple[int, int]:
    """Give the distance of the outermost pixels that are not NaN, in rows and in columns."""
    finite = np.isfinite(marked)
    spans = []
    for axis in (1, 0):
        places = np.flatnonzero(finite.any(axis=axis))
        spans.append(int(places[-1] - places[0]) if places.size else 0)
    return spans[0], spans[1]


def _none() -> Cells:
    return Cells(np.empty(0, dtype=np.int64), np.empty((1, 0)))


def _cells(
    first: Side, second: Side, overlap: Overlap, plane: TangentPlane, settings: PairSettings
) -> tuple[Cells, Cells]:
    """Tell what each row of an amplifier adds, on both sides."""
    where = overlap.where
    coefficients = np.zeros(3)
    coefficients[: overlap.value.size] = overlap.value
    added = [np.zeros((side.layout.cells, 3)) for side in (first, second)]
    cell_moments(
        overlap.box,
        (where.rows.start, where.columns.start),
        (where.x, where.y, *where.scales),
        coordinate_nodes(first.sky, plane, where.rows, where.columns),
        coefficients,
        settings.sigma * overlap.rms,
        np.array([first.layout.numbers, second.layout.numbers]),
        *added,
    )
    found = [_found(moments, 3 if settings.slopes else 1) for moments in added]
    return found[0], found[1]


def _found(moments: Vector, ncoefficients: int) -> Cells:
    index = np.flatnonzero(moments[:, 0])
    return Cells(index, moments[index, :ncoefficients].T.copy())
