"""The passes of a destriping: average, compare, mask, solve, each without what the last one found."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mkrefs_imaging.multi_tile_destripe.background import first_model
from mkrefs_imaging.multi_tile_destripe.masking import mask_tiles
from mkrefs_imaging.multi_tile_destripe.mosaic import Model, Mosaic, with_offsets
from mkrefs_imaging.multi_tile_destripe.settings import DestripeSettings
from mkrefs_imaging.multi_tile_destripe.solver import Solution, first_prior, solve
from mkrefs_imaging.multi_tile_destripe.system import Cells, Groups, Planes, Prior
from mkrefs_imaging.multi_tile_destripe.tiles import Overlaps, Tile

Vector = NDArray[np.float64]

# Solutions in the first pass, and in each that follows; all but the last are there for the spectra.
_ROUNDS, _FURTHER_ROUNDS = 4, 2
_LOOSE, _TIGHT = 1e-2, 1e-3
# Planes are never taken to be smaller than this share of the scatter of a pixel.
_TRIFLE = 0.01
# Rows over which the squared errors of a draw are averaged.
_ERROR_ROWS = 31


@dataclass(frozen=True, slots=True)
class Stripes:
    """What the passes found.

    Attributes
    ----------
    model : Model
        Levels, slopes and offsets.
    error : tuple of ndarray of float64
        Expected errors of the offsets of each tile, shape (nrows, namplifiers).
    draws : tuple of ndarray of float64
        How far off the offsets of each tile are in a draw from what is known of them.
    scale : float
        Standard deviation of the stripes of a row.
    compared : tuple of ndarray of float64
        Share of the pixels of each group that were compared with another tile.
    masked : ndarray of float64
        Share of the usable pixels of each tile that took no part because of sources or outliers.
    noise : float
        Standard deviation of a pixel of weight 1; NaN where nothing overlaps.
    changes : tuple of float
        Largest change of an offset in each pass after the first, in units of its error.
    prior : Prior or None
        Spectra of the stripes.
    """

    model: Model
    error: tuple[Vector, ...]
    draws: tuple[Vector, ...]
    scale: float
    compared: tuple[Vector, ...]
    masked: Vector
    noise: float
    changes: tuple[float, ...]
    prior: Prior | None


def find_stripes(tiles: Sequence[Tile], overlaps: Sequence[Overlaps], settings: DestripeSettings) -> Stripes:
    """Measure the stripes along the rows of tiles by comparing them with each other.

    Parameters
    ----------
    tiles : sequence of Tile
        The tiles.
    overlaps : sequence of Overlaps
        Where the pixels of each lie in others.
    settings : DestripeSettings
        How.

    Returns
    -------
    Stripes
    """
    mosaic = Mosaic(tiles, overlaps)
    model, scatter = first_model(mosaic)
    zero = tuple(np.zeros_like(part) for part in model.offsets)
    if not scatter > 0:
        return Stripes(model, zero, zero, 0.0, zero, np.zeros(len(tiles)), scatter, (), None)
    # Stripes across have slopes too: with them slopes do not tell of planes.
    tilted = not settings.do_vertical_subtraction
    prior, error, draws, changes = None, zero, zero, []
    passes = max(settings.convergence_max_iterations, 2) if settings.do_convergence else 2
    for step in range(passes):
        mosaic.clean_with(model)
        # As long as no outlier is masked a mean would spread those of each tile over all others.
        method = "sigma_clip" if step == 0 and settings.weight_method == "mean" else settings.weight_method
        masking = mask_tiles(mosaic, scatter, replace(settings, weight_method=method))
        scatter = masking.scatter
        cells = with_offsets(mosaic.cells(scatter**2), model.offsets)
        if not cells.first.size:
            break
        solution, prior = _solve(cells, mosaic.groups, prior, model.planes, (_TRIFLE * scatter) ** 2, tilted)
        offsets = tuple(mosaic.groups.split(solution.offsets))
        error, draws = _errors(mosaic.groups, solution), tuple(mosaic.groups.split(solution.draw))
        changes.append(_change(model.offsets, offsets, error))
        model = Model(model.planes + solution.planes, offsets)
        if step > 0 and settings.do_convergence and changes[-1] < settings.convergence_sigma:
            break
    return Stripes(
        model,
        error,
        draws,
        _scale(prior, mosaic.groups),
        masking.compared,
        masking.masked,
        scatter,
        tuple(changes[1:]),
        prior,
    )


def _scale(prior: Prior | None, groups: Groups) -> float:
    if prior is None:
        return 0.0
    own = prior.own.variance if (groups.amplifiers > 1).any() else 0.0
    return float(np.sqrt(prior.common.variance + own))


def _solve(
    cells: Cells, groups: Groups, prior: Prior | None, planes: Planes, trifle: float, tilted: bool
) -> tuple[Solution, Prior]:
    """Find the offsets some times, each with the spectra that the last time gave.

    Tilts are expected to be as large as slopes, which are not stripes; without ``tilted`` there are none.
    """
    rounds = _ROUNDS if prior is None else _FURTHER_ROUNDS
    tolerance = _LOOSE if prior is None else _TIGHT
    slope = float(np.mean(planes.slopes**2)) + trifle
    prior = replace(
        prior or first_prior(groups, _variance(cells)), slope=slope, tilt=slope if tilted else trifle
    )
    for number in range(rounds - 1):
        _, prior = solve(cells, groups, prior, planes, tolerance=_LOOSE, seed=number)
    solution, _ = solve(cells, groups, prior, planes, tolerance=tolerance, seed=rounds)
    return solution, prior


def _variance(cells: Cells) -> float:
    """Estimate the variance of the offsets by the differences of the larger half of the cells."""
    weight, difference = cells.sums[:, 0].astype(np.float64), cells.sums[:, 1].astype(np.float64)
    large = weight >= np.median(weight)
    weight, difference = weight[large], difference[large]
    spread = (1.4826 * np.median(np.abs(difference - np.median(difference)))) ** 2
    noise = 1 / np.median(weight)
    return float(max(spread - noise, 0.1 * spread, 1e-300) / 2)


def _errors(groups: Groups, solution: Solution) -> tuple[Vector, ...]:
    parts = groups.split(solution.draw**2)
    return tuple(
        np.sqrt(ndimage.uniform_filter1d(part, min(_ERROR_ROWS, part.shape[0]), axis=0, mode="nearest"))
        for part in parts
    )


def _change(before: Sequence[Vector], after: Sequence[Vector], error: Sequence[Vector]) -> float:
    """Give the largest change of an offset in units of its error."""
    largest = 0.0
    for old, new, scale in zip(before, after, error, strict=True):
        ratio = np.abs(new - old) / np.maximum(scale, 1e-300)
        largest = max(largest, float(ratio.max()))
    return largest
