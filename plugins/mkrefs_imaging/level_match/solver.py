"""Corrections of units from their differences: a sparse linear system, levels or planes jointly."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.sparse.linalg import splu

from mkrefs_imaging.level_match.settings import WeightMethod
from mkrefs_imaging.level_match.unit_pairs import UnitPair, inverted

Vector = NDArray[np.float64]

# What the variances are floored at, in units of the square of the largest difference.
_FLOOR = 1e-16
# The variance beyond known noise has settled when it changes by less than this part of it.
_SETTLED = 1e-3


@dataclass(frozen=True, slots=True)
class SolverSettings:
    """How the least squares are solved; the names are those of the parameters."""

    weight_method: WeightMethod = "equal"
    correlated_noise: bool = True
    n_draws: int = 25
    n_iter: int = 10000
    convergence_abs_tol: float = 1e-8
    convergence_rel_tol: float = 1e-5


@dataclass(frozen=True, slots=True)
class Solution:
    """Corrections of units.

    Attributes
    ----------
    corrections : ndarray of float64, shape (nunits, ncoefficients)
        What is to be taken off; 0 for the fixed ones and for units without a pair.
    errors : ndarray of float64, shape (nunits, ncoefficients, ncoefficients)
        Covariance of the corrections, relative to the fixed ones.
    residuals : ndarray of float64, shape (npairs, ncoefficients)
        What is left of the differences.
    excess : float
        Standard deviation of the errors of differences beyond their known noise, for a pair of weight 1.
    iterations : int
        Number of solutions.
    converged : bool
        Whether the last one changed nothing any more.
    """

    corrections: Vector
    errors: Vector
    residuals: Vector
    excess: float
    iterations: int
    converged: bool


def solve(
    pairs: Sequence[UnitPair],
    units: int,
    fixed: Sequence[int],
    settings: SolverSettings,
    row_noise: Vector | None = None,
    cells: Sequence[int] = (),
) -> Solution:
    """Find the corrections that leave the least of the differences.

    Parameters
    ----------
    pairs : sequence of UnitPair
        Differences to use, at least one, all with the same number of coefficients.
    units : int
        Number of units.
    fixed : sequence of int
        Units whose correction is zero: one of each set of units that pairs connect.
    settings : SolverSettings
        Weights and tolerances.
    row_noise : ndarray of float64, shape (npieces,), optional
        Standard deviation of the noise that rows of amplifiers share, by piece.
    cells : sequence of int
        For each piece, where its rows of amplifiers begin among those of all images.

    Returns
    -------
    Solution
    """
    size = pairs[0].value.size
    values = np.concatenate([pair.value for pair in pairs])
    linked = {unit for pair in pairs for unit in (pair.first, pair.second)}
    free = [unit for unit in range(units) if unit in linked and unit not in set(fixed)]
    design = _design(pairs, free, size)
    beyond = _weighed(pairs, settings)
    known = _noise(pairs, row_noise, cells) if settings.correlated_noise else None
    state = _iterate(values, design, known, beyond, settings)
    corrections = np.zeros((units, size))
    corrections[free] = state.unknowns.reshape(-1, size)
    errors = np.zeros((units, size, size))
    covariance = state.covariance
    if known is None and len(values) > len(state.unknowns):
        covariance = covariance * state.chi_square / (len(values) - len(state.unknowns))
    for place, unit in enumerate(free):
        block = slice(place * size, (place + 1) * size)
        errors[unit] = covariance[block, block]
    residuals = (values - design @ state.unknowns).reshape(-1, size)
    return Solution(corrections, errors, residuals, state.excess, state.iterations, state.converged)


@dataclass(frozen=True, slots=True)
class _State:
    unknowns: Vector
    covariance: Vector
    chi_square: float
    excess: float
    iterations: int
    converged: bool


def _design(pairs: Sequence[UnitPair], free: Sequence[int], size: int) -> sparse.csr_array:
    """Give the matrix that makes differences of corrections."""
    place = {unit: number for number, unit in enumerate(free)}
    rows, columns, signs = [], [], []
    for number, pair in enumerate(pairs):
        for unit, sign in ((pair.first, 1.0), (pair.second, -1.0)):
            if unit in place:
                rows += [number * size + k for k in range(size)]
                columns += [place[unit] * size + k for k in range(size)]
                signs += [sign] * size
    shape = (len(pairs) * size, len(free) * size)
    return sparse.csr_array((np.array(signs), (np.array(rows, int), np.array(columns, int))), shape=shape)


def _weighed(pairs: Sequence[UnitPair], settings: SolverSettings) -> sparse.csr_array:
    """Give the covariance of differences by the documented weights alone, in arbitrary units."""
    blocks = []
    weights = np.array([_weight(pair, settings.weight_method) for pair in pairs])
    mean = float(weights.mean())
    for pair, weight in zip(pairs, weights, strict=True):
        sampled = sampled_normal(pair.normal, settings.n_draws)
        blocks.append(inverted(sampled) * mean / weight)
    return sparse.csr_array(sparse.block_diag(blocks))


def _weight(pair: UnitPair, method: WeightMethod) -> float:
    if method == "npix":
        return float(pair.npix)
    if method == "rms":
        return 1 / max(pair.rms, 1e-30) ** 2
    return 1.0


def sampled_normal(normal: Vector, draws: int) -> Vector:
    """Give the mean of the products of (1, u, v) over points that stand for the pixels of an overlap.

    The points lie evenly on the ellipse that has the centre and the second moments of the pixels.

    Parameters
    ----------
    normal : ndarray of float64, shape (ncoefficients, ncoefficients)
        Sums over the pixels.
    draws : int
        Number of points, 3 or more.

    Returns
    -------
    ndarray of float64, same shape
    """
    if normal.shape[0] == 1:
        return np.ones((1, 1))
    mean = normal / normal[0, 0]
    spread, axes = np.linalg.eigh(mean[1:, 1:] - np.outer(mean[0, 1:], mean[0, 1:]))
    angle = 2 * np.pi * np.arange(draws) / draws
    circle = np.sqrt(2.0) * np.stack([np.cos(angle), np.sin(angle)])
    points = mean[0, 1:, None] + axes @ (np.sqrt(np.maximum(spread, 0))[:, None] * circle)
    design = np.vstack([np.ones(draws), points])
    return np.asarray(design @ design.T / draws, dtype=np.float64)


def _noise(pairs: Sequence[UnitPair], row_noise: Vector | None, cells: Sequence[int]) -> sparse.csr_array:
    """Give the covariance of differences by the noise of pixels and of rows."""
    pixel = sparse.csr_array(sparse.block_diag([pair.rms**2 * inverted(pair.normal) for pair in pairs]))
    if row_noise is None or not row_noise.any():
        return pixel
    size = pairs[0].value.size
    rows, columns, values = [], [], []
    for number, pair in enumerate(pairs):
        for influence in pair.influences:
            for k in range(size):
                rows.append(np.full(influence.index.size, number * size + k))
                columns.append(cells[influence.piece] + influence.index)
                values.append(influence.weights[k] * row_noise[influence.piece])
    if not rows:
        return pixel
    column = np.concatenate(columns)
    places = (np.concatenate(rows), column)
    shared = sparse.csr_array(
        (np.concatenate(values), places), shape=(len(pairs) * size, int(column.max()) + 1)
    )
    return sparse.csr_array(pixel + shared @ shared.T)


def _iterate(
    values: Vector,
    design: sparse.csr_array,
    known: sparse.csr_array | None,
    beyond: sparse.csr_array,
    settings: SolverSettings,
) -> _State:
    """Solve, find how much the differences err beyond their known noise, and solve again with that.

    The variance beyond is the one for which chi-square is what it should be (Mandel and Paule), found by
    Newton's steps for the inverse of chi-square, which is nearly linear.
    """
    floor = _FLOOR * max(float(np.square(values).max()), 1e-200)
    extra = 1.0 if known is None else floor
    freedom = len(values) - design.shape[1]
    unknowns = np.full(design.shape[1], np.inf)
    iteration, step, converged = 0, 0.0, False
    while not converged and iteration < settings.n_iter:
        extra += step
        covariance = beyond * extra if known is None else known + beyond * extra
        multipliers, now, spread = _solve_once(values, design, covariance)
        chi_square = float(values @ multipliers)
        allowed = settings.convergence_abs_tol + settings.convergence_rel_tol * np.abs(now)
        settled = bool((np.abs(now - unknowns) <= allowed).all())
        unknowns = now
        iteration += 1
        if known is None or freedom == 0 or chi_square <= freedom:
            converged = True
        else:
            slope = float(multipliers @ (beyond @ multipliers))
            step = (chi_square - freedom) / slope * chi_square / freedom
            converged = settled and step <= _SETTLED * extra
    excess = 0.0 if known is None else float(np.sqrt(extra))
    return _State(unknowns, spread, chi_square, excess, iteration, converged)


def _solve_once(
    values: Vector, design: sparse.csr_array, covariance: sparse.csr_array
) -> tuple[Vector, Vector, Vector]:
    """Solve the generalised least squares; give C^-1 r, the unknowns and their covariance."""
    scale = float(covariance.diagonal().mean())
    count = design.shape[1]
    system = sparse.block_array([[covariance / scale, design], [design.T, None]], format="csc")
    factors = splu(system)
    solved = factors.solve(np.concatenate([values, np.zeros(count)]))
    unit = np.zeros((len(values) + count, count))
    unit[len(values) :] = np.eye(count)
    spread = -factors.solve(unit)[len(values) :] * scale
    return solved[: len(values)] / scale, solved[len(values) :], spread
