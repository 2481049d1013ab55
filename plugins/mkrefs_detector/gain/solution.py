"""Solves for shot noise, read noise and brighter-fatter effect: of all cells together, and of each box."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mkrefs_detector.gain.coupling import kernel_of
from mkrefs_detector.gain.grid import Grid, pool
from mkrefs_detector.gain.transfer import Design, Samples

_LAGS = 5
_ROUNDS = 4
# Neighbours share so little of the read noise, relative to its variance, where no darks tell it (1/f noise).
_SHARED_READ_NOISE = 0.1
# How much more two products of one pixel vary than those of two pixels.
_VARIANCE_OF_SQUARE = 2.0
Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Noise:
    """What all cells together tell of the noise.

    Attributes
    ----------
    shot, feedback, read : ndarray of float64, shape (5,)
        K (1/gain), B and R (DN^2) by lag; the latter two are 0 where they were not asked for.
    shot_error, feedback_error, read_error : ndarray of float64, shape (5,)
        Their standard errors.
    kernel : ndarray of float64, shape (3, 3)
        Of inter-pixel capacitance, as the autocorrelation tells it.
    """

    shot: Values
    feedback: Values
    read: Values
    shot_error: Values
    feedback_error: Values
    read_error: Values
    kernel: Values

    @property
    def squares(self) -> float:
        """Sum of the kernel's squares: what coupling leaves of the variance of shot noise."""
        return float((self.kernel**2).sum())

    @property
    def squares_error(self) -> float:
        """Its relative standard error."""
        return float(2 * np.sqrt((self.shot_error[1:] ** 2).sum()) / self.shot[0])


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each mode tells of shot noise and of read noise, and the variance expected of it.

    Attributes
    ----------
    shot, read, expected : ndarray of float64, shape (nrecords, nrows, ncols, 2 LONGEST)
    whole : ndarray of float64, shape (nrecords, nrows, ncols)
        Weight of the increments added up.
    """

    shot: Values
    read: Values
    expected: Values
    whole: Values


def solve(
    samples: Samples, design: Design, *, with_darks: bool, with_feedback: bool
) -> tuple[Noise, Weights]:
    """Solve for what all cells have in common.

    Parameters
    ----------
    samples : Samples
        Mean products.
    design : Design
        What is expected of them.
    with_darks : bool
        Whether the read noise was taken off; otherwise it is solved for.
    with_feedback : bool
        Whether to solve for the brighter-fatter effect.

    Returns
    -------
    Noise
    Weights
        By the noise found.
    """
    gain_inverse, read = 1.0, 0.0
    number = samples.number[..., 0]
    if with_darks:
        total = (number[..., None] * design.rho).sum()
        read = float((number[..., None] * samples.dark).sum() / total) if total > 0 else 0.0
    for _ in range(_ROUNDS):
        weights = _weights(design, gain_inverse, read)
        systems = [_system(samples, design, weights, lag, with_darks, with_feedback) for lag in range(_LAGS)]
        for matrix, *_ in systems[1:] if read > 0 else ():
            matrix[2, 2] += 1 / (_SHARED_READ_NOISE * read) ** 2
        found = [_solved(*system) for system in systems]
        gain_inverse = max(found[0][0][0], 1e-6)
        if not with_darks:
            read = max(found[0][0][2], 0.0)
    values = np.array([each[0] for each in found])
    errors = np.array([each[1] for each in found])
    kernel = kernel_of(values[1:, 0] / values[0, 0])
    found_noise = Noise(
        values[:, 0], values[:, 1], values[:, 2], errors[:, 0], errors[:, 1], errors[:, 2], kernel
    )
    return found_noise, weights


def _weights(design: Design, gain_inverse: float, read: float) -> Weights:
    expected = gain_inverse * design.tau + read * design.rho
    safe = np.where(expected > 0, expected, np.inf)
    whole = gain_inverse * design.tau_whole + read * design.rho_whole
    return Weights(
        np.maximum(design.tau, 0) / safe**2,
        design.rho / safe**2,
        expected,
        np.where(whole > 0, design.beta_whole / np.where(whole > 0, whole, 1.0) ** 2, 0.0),
    )


def _system(
    samples: Samples, design: Design, weights: Weights, lag: int, with_darks: bool, with_feedback: bool
) -> tuple[Values, Values, Values, NDArray[np.bool_]]:
    """Give the matrix, the right side and its covariance of the equations of one lag, and what is wanted.

    The equations are those of the modes weighted for shot noise, of the increments added up, and of the modes
    weighted for read noise.
    """
    number = samples.number[..., lag]
    terms = (design.tau, design.beta, design.rho)
    scale = _VARIANCE_OF_SQUARE if lag == 0 else 1.0
    variance = scale * _product_variance(samples, weights.expected, lag)
    matrix, right, covariance = np.zeros((3, 3)), np.zeros(3), np.zeros((3, 3))
    for row, weight in ((0, weights.shot), (2, weights.read)):
        each = number[..., None] * weight
        matrix[row] = [(each * term).sum() for term in terms]
        right[row] = (each * samples.modes[..., lag, :]).sum()
        for other, second in ((0, weights.shot), (2, weights.read)):
            covariance[row, other] = (number[..., None] ** 2 * weight * second * variance).sum()
    each = number * weights.whole
    matrix[1] = [(each * term).sum() for term in (design.tau_whole, design.beta_whole, design.rho_whole)]
    right[1] = (each * samples.whole[..., lag]).sum()
    expected = np.where(
        weights.whole > 0, np.sqrt(design.beta_whole / np.maximum(weights.whole, 1e-300)), 0.0
    )
    covariance[1, 1] = (number * weights.whole**2 * scale * expected**2).sum()
    return matrix, right, covariance, np.array([True, with_feedback, not with_darks])


def _product_variance(samples: Samples, expected: Values, lag: int) -> Values:
    """Give the variance of the mean products, but for the factor of squares."""
    number, dark_number = samples.number[..., lag, None], samples.dark_number[..., lag, None]
    own = np.where(number > 0, expected**2 / np.where(number > 0, number, 1.0), 0.0)
    return np.asarray(
        own + np.where(dark_number > 0, samples.dark**2 / np.where(dark_number > 0, dark_number, 1.0), 0.0)
    )


def _solved(
    matrix: Values, right: Values, covariance: Values, wanted: NDArray[np.bool_]
) -> tuple[Values, Values]:
    """Solve for what is wanted; give values and standard errors, 0 for the rest."""
    values, errors = np.zeros(3), np.zeros(3)
    chosen = np.flatnonzero(wanted)
    square = matrix[np.ix_(chosen, chosen)]
    size = np.sqrt(np.abs(np.diag(square)))
    size[size == 0] = 1.0
    inverse = np.linalg.pinv(square / size / size[:, None]) / size / size[:, None]
    values[chosen] = inverse @ right[chosen]
    errors[chosen] = np.sqrt(
        np.maximum(np.diag(inverse @ covariance[np.ix_(chosen, chosen)] @ inverse.T), 0.0)
    )
    return values, errors


@dataclass(frozen=True, slots=True)
class BoxNoise:
    """Shot noise of each box.

    Attributes
    ----------
    shot : ndarray of float64, shape (nrows, ncols)
        Variance over signal (1/gain), without read noise and brighter-fatter effect; NaN without data.
    error : ndarray of float64, same shape
        Its relative standard error, without that of what all boxes have in common.
    """

    shot: Values
    error: Values


def solve_boxes(samples: Samples, design: Design, weights: Weights, noise: Noise, grid: Grid) -> BoxNoise:
    """Solve for the shot noise of each box, with what all have in common taken off.

    Parameters
    ----------
    samples, design, weights, noise
        As `solve` takes and gives them.
    grid : Grid
        The boxes.

    Returns
    -------
    BoxNoise
    """
    number = samples.number[..., 0, None]
    rest = samples.modes[..., 0, :] - noise.feedback[0] * design.beta - noise.read[0] * design.rho
    each = number * weights.shot
    variance = _VARIANCE_OF_SQUARE * _product_variance(samples, weights.expected, 0)
    right, left, spread = (
        pool(grid, values.sum(axis=(0, -1)))
        for values in (each * rest, each * design.tau, each**2 * variance)
    )
    measured = left > 0
    safe = np.where(measured, left, 1.0)
    shot = np.where(measured, right / safe, np.nan)
    error = np.where(measured, np.sqrt(spread) / safe, np.nan)
    return BoxNoise(shot, error / np.where(shot > 0, shot, np.nan))
