"""Rejection limits, and what rejection and small samples take away from a standard deviation.

Functions of counts alone; the equations are derived in the documentation of the read noise.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from mkrefs_detector.statistics.quadratic_forms import (
    QuadraticForm,
    Vector,
    differences,
    neighbours_of,
    variance_of,
)

# Nodes of the integral over the rejected sample's share.
_NODES = 24


def c4(dof: NDArray[np.floating]) -> Vector:
    """Give E[s] / sigma of the standard deviation s of a Gaussian sample.

    Parameters
    ----------
    dof : ndarray of float
        Degrees of freedom, above 0 (one less than the number of independent samples).

    Returns
    -------
    ndarray of float64
    """
    nu = np.asarray(dof, dtype=np.float64)
    ratio = np.exp(special.gammaln((nu + 1) / 2) - special.gammaln(nu / 2))
    return np.asarray(np.sqrt(2 / nu) * ratio, dtype=np.float64)


def tail(sigma: float) -> float:
    """Give the two-sided tail probability of a Gaussian beyond ``sigma``."""
    return float(2 * stats.norm.sf(sigma))


def rejection_limits(size: int, sigma: float, length: float) -> Vector:
    """Give the largest share one difference may have in the sum of squares of all.

    A difference is an outlier when its externally studentised residual exceeds the Student-t quantile whose
    tail equals a Gaussian's beyond ``sigma``; that is when ``(d - mean)**2 * N / (N - 1)`` exceeds the limit
    times the sum of squares about the mean.

    Parameters
    ----------
    size : int
        Largest number of differences.
    sigma : float
        The Gaussian-equivalent threshold.
    length : float
        Differences per integration that share groups; 1 for independent ones.

    Returns
    -------
    ndarray of float64, shape (size + 1,)
        Limits by number of differences; 2, that is none, below three.
    """
    n = np.arange(size + 1, dtype=np.float64)
    limits = np.full(size + 1, 2.0)
    if size > 2:
        limits[3:] = _limits(n[3:], differences(n[3:], length, 1).dof, sigma)
    return limits


def _limits(n: Vector, dof: Vector, sigma: float) -> Vector:
    quantile = stats.t.isf(tail(sigma) / 2, np.maximum(dof - 1, 0.5))
    return np.asarray(quantile**2 / (n - 2 + quantile**2), dtype=np.float64)


def rejection_factor(
    n: Vector, whole: QuadraticForm, rest: QuadraticForm, *, sigma: float, iterations: int, length: float
) -> Vector:
    """Give what rejection leaves of an unbiased standard deviation of Gaussian differences.

    Parameters
    ----------
    n : ndarray of float64, shape (ncounts,)
        Numbers of differences: 3, 4, 5, ... without a gap.
    whole, rest : QuadraticForm
        The estimator's sum of squares before and after the rejection of one difference.
    sigma, iterations : float, int
        The Gaussian-equivalent threshold and the largest number of passes, at least one.
    length : float
        Differences per integration that share groups; 1 for independent ones.

    Returns
    -------
    ndarray of float64
        E[s] / (c4 sigma).
    """
    share, weight, dof = _tail_of_share(n, sigma, length)
    scale = n * c4(dof + 1) * np.sqrt(dof + 1)
    before = scale * (_deviation(whole, share, dof) * weight).sum(axis=1)
    carried = scale * (_deviation(rest, share, dof) * weight).sum(axis=1)
    first = _first_pass(n * tail(sigma), before - carried, sigma)
    factor = first - _further_passes(before, carried, first, sigma, iterations)
    return np.asarray(np.where(rest.trace > 0.5, factor, 1.0), dtype=np.float64)


def _tail_of_share(n: Vector, sigma: float, length: float) -> tuple[Vector, Vector, Vector]:
    """Give nodes and weights for the share of a rejected difference's square, and the other part's dof.

    SS = a x^2 + R, where x is the difference, a = N tr(A A) / tr(A)^2, and R is close to a chi-square.
    """
    form = differences(n, length, 1)
    squared = form.trace**2 / form.dof
    variance = variance_of(n, length)
    a = n / form.dof
    rest = form.trace - a * variance
    cubed = variance if length == 1 else 1 + 0.75 * neighbours_of(n, length)
    cross = np.maximum(cubed / variance**2 - variance * a**2, 0.0) if length > 1 else np.zeros_like(n)
    dof = np.maximum(2 * rest**2 / (2 * squared - 2 * (a * variance) ** 2 - 4 * variance * cross), 0.5)
    limit = _limits(n, form.dof, sigma) * (n - 1) / n
    room = 1 - limit * a
    quantile = limit * rest / (variance * np.maximum(room, 1e-6))
    lowest = (quantile / (dof + quantile))[:, None]
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    # Substituting 1 - share = (1 - lowest) z^(2/dof) leaves only the smooth part of the Beta density.
    power = 2 / dof[:, None]
    share = 1 - (1 - lowest) * ((nodes + 1) / 2) ** power
    log_density = np.log1p(-lowest) / power - special.betaln(0.5, 1 / power)
    density = np.exp(log_density) * power / np.sqrt(share) / 2
    possible = (room > 1e-6)[:, None]
    return share, np.where(possible, density * weights, 0.0), dof


def _deviation(form: QuadraticForm, share: Vector, dof: Vector) -> Vector:
    """Give the unbiased standard deviation for each share of the rejected difference."""
    others = np.maximum(form.trace - form.aligned, 0.0) / dof
    squares = form.aligned[:, None] * share + others[:, None] * (1 - share)
    return np.asarray(np.sqrt(squares / form.trace[:, None]) / c4(form.dof)[:, None], dtype=np.float64)


def _first_pass(expected: Vector, loss: Vector, sigma: float) -> Vector:
    """Go from the loss of a single rejection (few samples) to that of a fraction of the samples (many)."""
    many = np.sqrt(np.maximum(1 - 2 * loss / (1 - tail(sigma)), 0.0))
    weight = expected / (1 + expected)
    return np.asarray((1 - loss) * (1 - weight) + many * weight, dtype=np.float64)


def _further_passes(before: Vector, carried: Vector, first: Vector, sigma: float, iterations: int) -> Vector:
    """Give what the passes after the first take away in addition."""
    single = factor = 1 - before + carried
    for _ in range(iterations - 1):
        factor = 1 - before + carried * np.concatenate([np.ones(1), factor[:-1]])
    few = np.maximum(single - factor, 1e-300)
    scales = truncated_scales(sigma, iterations)
    many = np.maximum(1 - first, 1e-300) * (scales[1] - scales[-1]) / (1 - scales[1])
    return np.asarray(few * many / np.hypot(few, many), dtype=np.float64)


def truncated_scales(sigma: float, iterations: int) -> tuple[float, ...]:
    """Give the scale of an endless Gaussian sample after 0, 1, 2, ... passes of the rejection."""
    scales = [1.0]
    for _ in range(iterations):
        k = sigma * scales[-1]
        scales.append(float(np.sqrt(1 - 2 * k * stats.norm.pdf(k) / (1 - tail(k)))))
    return tuple(scales)
