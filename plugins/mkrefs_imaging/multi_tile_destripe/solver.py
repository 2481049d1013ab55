"""The offsets of all groups of all tiles at once: conjugate gradients, and a prior that the data make.

The spectra of the stripes are estimated together with them (empirical Bayes).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mkrefs.stacks import side_by_side
from mkrefs_imaging.multi_tile_destripe.spectra import Spectrum, band_power, padded_length, white
from mkrefs_imaging.multi_tile_destripe.system import Cells, Groups, Planes, Prior, Series, System

Vector = NDArray[np.float64]

_MOST_STEPS = 400
# The data are taken to determine this share of a band at least; and what a band must be worth, in units of
# its chance, to be changed by more than a small step.
_LEAST_SHARE, _RELIABLE = 0.02, 0.5
# A band changes at most so many times in one step of the estimate, and never loses all of its power.
_LARGEST_CHANGE = 20.0
_FLOOR = 1e-4


@dataclass(frozen=True, slots=True)
class Solution:
    """What was found.

    Attributes
    ----------
    offsets, draw : ndarray of float64, shape (ngroups,)
        The expected offsets, and how far off them they are in a draw from the posterior.
    planes : Planes
        What is to be added to the planes that the tiles were cleaned of.
    prior : Prior
        The spectra used.
    steps : int
        Steps of the conjugate gradients for the expected offsets.
    """

    offsets: Vector
    draw: Vector
    planes: Planes
    prior: Prior
    steps: int


def solve(
    cells: Cells,
    groups: Groups,
    prior: Prior,
    planes: Planes,
    *,
    tolerance: float,
    seed: int,
) -> tuple[Solution, Prior]:
    """Find the expected offsets under a prior, a draw from the posterior, and a better prior.

    Parameters
    ----------
    cells : Cells
        The differences.
    groups : Groups
        What the offsets belong to.
    prior : Prior
        Spectra of the series, and how large planes are.
    planes : Planes
        What the tiles were cleaned of, offsets aside.
    tolerance : float
        Size of the residual, relative to that of the right-hand side, at which the steps end.
    seed : int
        Of the draw.

    Returns
    -------
    solution : Solution
    prior : Prior
        Spectra as the series and their uncertainties have them.
    """
    system = System(cells, groups, prior)
    random = np.random.default_rng(seed)
    side = system.joined(*system.right_side(cells.sums[:, 1].astype(np.float64), cells.slope_sides), None)
    side += system.prior_of_planes(planes)
    work: tuple[Callable[[], tuple[Vector, int]], ...] = (
        lambda: _conjugate_gradients(system, side, tolerance),
        lambda: _draw(system, random, tolerance),
    )
    (found, steps), (drawn, _) = side_by_side(lambda each: each(), work)
    series, more = system.parts(found)
    draw, _ = system.parts(drawn)
    solution = Solution(system.series.offsets(series), system.series.offsets(draw), more, prior, steps)
    return solution, _better_prior(system.series, series, draw, prior)


def _draw(system: System, random: np.random.Generator, tolerance: float) -> tuple[Vector, int]:
    """Draw how far off the solution may be: series drawn from the prior, minus what is found of them; steps.

    What the differences do not show is left in, as it should be, from the first step on.
    """
    cells, nothing = system.cells, np.zeros(system.ntiles)
    series = random.standard_normal((system.series.first[-1], system.series.length))
    drawn = np.concatenate([series.ravel(), np.zeros(3 * system.ntiles)])
    noise = random.standard_normal(cells.first.size) / np.sqrt(cells.sums[:, 0])
    side = system.apply(drawn) - drawn + system.joined(*system.right_side(noise, nothing), None)
    found, steps = _conjugate_gradients(system, side, tolerance)
    return drawn - found, steps


def _dot(a: Vector, b: Vector) -> float:
    """Multiply two vectors on this core alone, which a BLAS library would not."""
    return float(np.einsum("i,i->", a, b))


def _conjugate_gradients(system: System, side: Vector, tolerance: float) -> tuple[Vector, int]:
    x, residual = np.zeros_like(side), side.copy()
    limit = tolerance**2 * _dot(side, system.precondition(side))
    z = system.precondition(residual)
    direction, energy = z.copy(), _dot(residual, z)
    steps = 0
    while energy > limit and steps < _MOST_STEPS:
        image = system.apply(direction)
        length = energy / _dot(direction, image)
        x += length * direction
        residual -= length * image
        z = system.precondition(residual)
        before, energy = energy, _dot(residual, z)
        direction = z + (energy / before) * direction
        steps += 1
    return x, steps


def _better_prior(series: Series, found: Vector, draw: Vector, prior: Prior) -> Prior:
    common = _better(found[series.is_common], draw[series.is_common], prior.common)
    if series.is_common.all():
        return replace(prior, common=common)
    own = _better(found[~series.is_common], draw[~series.is_common], prior.own)
    return replace(prior, common=common, own=own)


def _better(found: Vector, draw: Vector, spectrum: Spectrum) -> Spectrum:
    """Estimate a spectrum anew by the power found, and by that left open.

    The power found over the share that the data determine (MacKay 1992) comes near the truth slowly where
    noise prevails; what is most likely if all series were equally uncertain comes near it at once there,
    and goes too far elsewhere. Their geometric mean does neither. Bands of which so little is known that
    this would be chance get the power found and that left open (Dempster et al. 1977).
    """
    bands = spectrum.bands
    power_found, power_open = band_power(found, bands), band_power(draw, bands)
    share = np.maximum(1 - power_open, _LEAST_SHARE)
    direct = (power_found - share * (1 - share)) / share**2
    change = np.sqrt(power_found / share * np.clip(direct, 1 / _LARGEST_CHANGE, _LARGEST_CHANGE))
    modes = 2 * found.shape[0] * np.bincount(bands[1:])
    change = np.where(share**2 * np.sqrt(modes / 2) > _RELIABLE, change, power_found + power_open)
    power = spectrum.power * np.clip(change, 1 / _LARGEST_CHANGE, _LARGEST_CHANGE)
    return replace(spectrum, power=np.maximum(power, _FLOOR * power.max()))


def first_prior(groups: Groups, variance: float) -> Prior:
    """Give the prior to begin with: white series, half of the variance common to the amplifiers."""
    length = padded_length(int(groups.rows.max()))
    return Prior(white(length, variance / 2), white(length, variance / 2), variance, variance)
