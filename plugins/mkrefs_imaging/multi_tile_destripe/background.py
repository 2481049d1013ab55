"""Levels and planes of tiles from their overlaps, robustly: where a destriping begins."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mkrefs.stacks import side_by_side
from mkrefs_imaging.multi_tile_destripe.mosaic import Model, Mosaic
from mkrefs_imaging.multi_tile_destripe.system import Planes

Vector = NDArray[np.float64]

_SAMPLES = 20_000
_LEAST = 50
_PASSES = 6
# Residuals beyond so many scatters have no weight (Tukey's biweight).
_BIWEIGHT = 4.685
# Scatter is at least this share of the largest residual: where most are equal its estimate is 0.
_LEAST_SCATTER = 1e-6
_MAD_TO_SIGMA = 1.4826
# Stripes make samples of one row alike: so many are worth one.
_ALIKE = 200.0
# Planes are expected to be so many times the scatter, so that one that is hardly determined is 0.
_PLANE = 3.0
# Stands for a scatter of zero; the weights by its square are still numbers.
_NOTHING = 1e-100


def first_model(mosaic: Mosaic) -> tuple[Model, float]:
    """Fit a level and a plane to each tile, and find the scatter of a difference of two pixels.

    Returns
    -------
    model : Model
        Without offsets.
    scatter : float
        Robust standard deviation of the differences, times the square root of the weight of a pair,
        w1 w2 / (w1 + w2); NaN where nothing overlaps or nothing scatters.
    """
    ntiles, shapes = len(mosaic.tiles), zip(mosaic.groups.rows, mosaic.groups.amplifiers, strict=True)
    offsets = tuple(np.zeros((int(rows), int(amplifiers))) for rows, amplifiers in shapes)
    nothing = Model(Planes(*np.zeros((3, ntiles))), offsets)
    mosaic.clean_with(nothing, gradients=False)
    pairs = _pairs(mosaic)
    if not pairs:
        return nothing, float("nan")
    planes, scatter = np.zeros((ntiles, 3)), 1.0
    for _ in range(_PASSES):
        planes, scatter = _fit(pairs, planes, ntiles)
    return Model(Planes(*planes.T), offsets), scatter if scatter > np.sqrt(_NOTHING) else float("nan")


@dataclass(frozen=True, slots=True)
class _Pair:
    """Samples of the overlap of two tiles: differences, terms of the six coefficients, root of the weight."""

    first: int
    second: int
    values: Vector
    terms: Vector
    root: float


def _pairs(mosaic: Mosaic) -> list[_Pair]:
    typical = side_by_side(lambda tile: _typical(tile.weight), mosaic.tiles)
    found = side_by_side(lambda pair: _pair(mosaic, *pair, typical), mosaic.pairs())
    return [pair for pair in found if pair is not None]


def _pair(mosaic: Mosaic, i: int, k: int, typical: Sequence[float]) -> _Pair | None:
    """Take samples of an overlap; None where it is too small."""
    j = mosaic.overlaps[i].others[k]
    samples = mosaic.samples(i, k, _SAMPLES)
    if len(samples) < _LEAST:
        return None
    one, two = (2.0 / np.array(mosaic.tiles[number].shape[::-1]) for number in (i, j))
    ones = np.ones(len(samples))
    terms = np.stack([ones, *(samples[:, 1:3] * one - 1).T, -ones, *(1 - samples[:, 3:5] * two).T], axis=1)
    w_i, w_j = typical[i], typical[j]
    return _Pair(i, j, samples[:, 0], terms, float(np.sqrt(w_i * w_j / (w_i + w_j))))


def _typical(weight: NDArray[np.float32]) -> float:
    some = weight[:: max(weight.shape[0] // 64, 1)]
    return float(np.median(some[some > 0])) if (some > 0).any() else 1.0


def _fit(pairs: list[_Pair], planes: Vector, ntiles: int) -> tuple[Vector, float]:
    """Fit all planes once more, with weights by the residuals; give them and the scatter of the residuals."""
    matrix, side, scatters = np.zeros((3 * ntiles, 3 * ntiles)), np.zeros(3 * ntiles), []
    terms = side_by_side(lambda pair: _terms(pair, planes), pairs)
    for pair, (block, sides, scatter) in zip(pairs, terms, strict=True):
        index = np.r_[3 * pair.first : 3 * pair.first + 3, 3 * pair.second : 3 * pair.second + 3]
        matrix[np.ix_(index, index)] += block
        side[index] += sides
        matrix[index, index] += np.tile([0, 1, 1], 2) / (_PLANE * scatter) ** 2
        scatters.append(scatter * pair.root)
    solved = np.linalg.lstsq(matrix, side, rcond=1e-12)[0]
    return np.asarray(solved.reshape(ntiles, 3), dtype=np.float64), float(np.median(scatters))


def _terms(pair: _Pair, planes: Vector) -> tuple[Vector, Vector, float]:
    """Give what a pair adds to the normal equations, and the scatter of its residuals."""
    residual = pair.values - pair.terms @ np.concatenate([planes[pair.first], planes[pair.second]])
    residual -= np.median(residual)
    scatter = _MAD_TO_SIGMA * float(np.median(np.abs(residual)))
    scatter = max(scatter, _LEAST_SCATTER * float(np.abs(residual).max()), _NOTHING)
    inside = np.maximum(1 - (residual / (_BIWEIGHT * scatter)) ** 2, 0) ** 2
    weighted = (inside / (_ALIKE * scatter**2))[:, None] * pair.terms
    return pair.terms.T @ weighted, weighted.T @ pair.values, scatter
