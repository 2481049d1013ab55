"""Sums of squares of correlated differences: their expectation, degrees of freedom and one sample's part.

Functions of counts alone. With C the covariance of the differences (1 on the diagonal, -1/2 between
neighbours that share a group) and P the projection that takes away means or lines, a sum of squares has the
expectation tr(A) and the variance 2 tr(A A), in units of the variance, with A = P C P.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class QuadraticForm:
    """A sum of squares by number of differences.

    Attributes
    ----------
    trace : ndarray of float64
        tr(A), the expectation.
    dof : ndarray of float64
        tr(A)^2 / tr(A A), the effective degrees of freedom.
    aligned : ndarray of float64
        What an average difference adds, its neighbours' share included, in units of the square of its
        distance from the mean over that distance's variance.
    """

    trace: Vector
    dof: Vector
    aligned: Vector


def traces(n: Vector, segments: Vector, single: Vector) -> tuple[Vector, Vector]:
    """Give tr(A) and tr(A A) about the mean of differences.

    Parameters
    ----------
    n : ndarray of float64
        Number of differences.
    segments : ndarray of float64
        Number of runs of differences that share groups.
    single : ndarray of float64
        Number of runs of one difference.

    Returns
    -------
    tuple of ndarray of float64
    """
    squared = n + (n - segments) / 2 - (segments + single) / n + (segments / n) ** 2
    return n - segments / n, squared


def segments_of(n: Vector, length: float) -> tuple[Vector, Vector]:
    """Give the numbers of segments and of single differences; ``length`` differences per integration."""
    segments = np.maximum(n / length, 1.0)
    return segments, np.where(length == 1, n, 0.0)


def neighbours_of(n: Vector, length: float) -> Vector:
    """Give the mean number of differences that share a group with a difference."""
    return np.asarray(2 * (n - segments_of(n, length)[0]) / n, dtype=np.float64)


def variance_of(n: Vector, length: float) -> Vector:
    """Give the mean variance of a difference's distance from the mean of all."""
    return np.asarray(1 - segments_of(n, length)[0] / n**2, dtype=np.float64)


def differences(n: Vector, length: float, ramps: int) -> QuadraticForm:
    """Describe the squares about the mean of all differences, or about the means of equal ramps.

    Parameters
    ----------
    n : ndarray of float64
        Number of differences, above 2.
    length : float
        Differences per integration that share groups; 1 for independent differences.
    ramps : int
        Number of ramps about whose own means the squares are taken; 1 for the mean of all.

    Returns
    -------
    QuadraticForm
    """
    segments, single = segments_of(n, length)
    cell = np.maximum(n / ramps, 1.0)
    trace, squared = traces(cell, segments / ramps, single / ramps)
    neighbours = neighbours_of(n, length)
    aligned = 1 + neighbours / 4 - (1 - neighbours / 2) ** 2 / cell
    return _form(trace * ramps, squared * ramps, aligned / variance_of(n, length))


def differences_without_one(n: Vector, length: float, ramps: int) -> QuadraticForm:
    """Describe what is left of `differences` when an average difference has been rejected."""
    segments, single = segments_of(n, length)
    cell = np.maximum(n / ramps, 1.0)
    run = np.minimum(length, n)
    split = np.where(length == 1, -1.0, (run - 2) / run)
    alone = np.where(length == 1, -1.0, np.where(run >= 4, 2 / run, np.where(run == 3, 4 / 3, 1.0)))
    rest = np.maximum(cell - 1, 1e-9)
    trace, squared = traces(rest, segments / ramps + split, single / ramps + alone)
    others = traces(cell, segments / ramps, single / ramps)
    neighbours = neighbours_of(n, length)
    aligned = (neighbours / 4 - (neighbours / 2) ** 2 / rest) / variance_of(n, length)
    return _form(others[0] * (ramps - 1) + trace, others[1] * (ramps - 1) + squared, aligned)


def _form(trace: Vector, squared: Vector, aligned: Vector) -> QuadraticForm:
    trace, squared = np.maximum(trace, 1e-9), np.maximum(squared, 1e-9)
    return QuadraticForm(trace, trace**2 / squared, np.maximum(aligned, 0.0))


def lines(n: Vector, length: float) -> tuple[QuadraticForm, QuadraticForm]:
    """Describe the squares about a line through each integration, whole and split at an average difference.

    Parameters
    ----------
    n : ndarray of float64
        Number of consecutive differences.
    length : float
        Differences per integration, two or more.

    Returns
    -------
    whole, split : QuadraticForm
    """
    groups = max(round(length) + 1, 3)
    whole = _line_projection(0, groups)
    aligned = np.empty((2, groups - 1))
    lost = np.empty(groups - 1)
    for g in range(groups - 1):
        split = np.zeros((groups, groups))
        split[: g + 1, : g + 1] = _line_projection(0, g + 1)
        split[g + 1 :, g + 1 :] = _line_projection(g + 1, groups)
        step = np.zeros(groups)
        step[g], step[g + 1] = -np.sqrt(0.5), np.sqrt(0.5)
        aligned[:, g] = step @ whole @ step, step @ split @ step
        lost[g] = np.trace(whole) - np.trace(split)
    dof = n / (groups - 1) * (groups - 2)
    rest = np.maximum(dof - lost.mean(), 1e-9)
    ones = np.ones_like(n)
    part = aligned.mean(axis=1)
    return QuadraticForm(dof, dof, part[0] * ones), QuadraticForm(rest, rest, part[1] * ones)


def _line_projection(start: int, stop: int) -> NDArray[np.float64]:
    """Give the projection of groups ``start`` to ``stop`` on the residuals about their line."""
    count = stop - start
    time = np.arange(count, dtype=np.float64)
    basis, _ = np.linalg.qr(np.stack([np.ones(count), time - time.mean()], axis=1)[:, : min(count, 2)])
    return np.asarray(np.eye(count) - basis @ basis.T, dtype=np.float64)
