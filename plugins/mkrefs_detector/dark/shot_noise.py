"""How much variance a pixel's signal adds: the inverse of the gain as dark ramps themselves show it."""

import numpy as np
from numpy.typing import NDArray

# Where bright pixels are too few to tell: DN^2 per DN, and how uncertain that is. The gains of all JWST
# detectors are between 1 and 5.5 electrons per DN.
_USUAL, _UNCERTAIN = 0.5, 0.25
# Pixels whose signal adds at least this share of the noise of two reads over the whole ramp tell.
_LEAST_SHARE = 0.25
# So many others are needed to know the noise of reading from them.
_LEAST_FAINT = 100
_OUTLIER = 5.0
_PASSES = 4

Vector = NDArray[np.float64]


def find_shot_noise(variance: Vector, dof: Vector, signal: Vector, ngroups: int) -> float:
    """Find the variance per signal from the bright pixels, as far as there are any.

    Parameters
    ----------
    variance : ndarray of float64, shape (npixels,)
        Variances of the difference of two groups in DN^2.
    dof : ndarray of float64, same shape
        Their degrees of freedom.
    signal : ndarray of float64, same shape
        Signal collected in a difference in DN.
    ngroups : int
        Groups of a ramp.

    Returns
    -------
    float
        DN^2 per DN. Pixels say less the fewer they are, and then the usual value counts.
    """
    if not variance.size:
        return _USUAL
    dim = float(np.median(variance))
    bright = signal * _USUAL * (ngroups - 1) > _LEAST_SHARE * dim
    if not bright.any():
        return _USUAL
    faint = ~bright & (variance < 3 * dim)
    known = np.count_nonzero(faint) >= _LEAST_FAINT
    reads = float(np.mean(variance[faint])) if known else None
    scatter = _relative_scatter(variance[faint], dof[faint], reads or dim) if known else 0.0
    return _fit(signal[bright], variance[bright], 2 / np.maximum(dof[bright], 1.0) + scatter, reads)


def _fit(signal: Vector, variance: Vector, spread: Vector, reads: float | None) -> float:
    """Fit variance = reads + shot * signal without outliers; the usual value of shot counts as a point."""
    shot = _USUAL
    level = max(float(np.median(variance - shot * signal)), 0.0) if reads is None else reads
    kept = np.ones(signal.shape, dtype=np.bool_)
    for _ in range(_PASSES):
        expected = level + shot * signal
        uncertain = np.maximum(expected, 1e-3) * np.sqrt(spread)
        kept = np.abs(variance - expected) <= _OUTLIER * uncertain
        weight = np.where(kept, uncertain**-2, 0.0)
        mixed = (weight * signal).sum()
        matrix = np.array([[weight.sum(), mixed], [mixed, (weight * signal**2).sum()]])
        told = np.array([(weight * variance).sum(), (weight * signal * variance).sum()])
        matrix[1, 1] += _UNCERTAIN**-2
        told[1] += _USUAL * _UNCERTAIN**-2
        if reads is None and matrix[0, 0] > 0:
            level, shot = (float(value) for value in np.linalg.solve(matrix, told))
            level, shot = max(level, 0.0), max(shot, 0.0)
        else:
            shot = max(float((told[1] - level * matrix[1, 0]) / matrix[1, 1]), 0.0)
    return shot


def _relative_scatter(variance: Vector, dof: Vector, mean: float) -> float:
    """Give the squared relative scatter of the noise of pixels beyond that of their samples."""
    low, high = np.quantile(variance, [0.1587, 0.8413])
    return float(max(((high - low) / 2 / mean) ** 2 - 2 / max(float(np.median(dof)), 1.0), 0.0))
