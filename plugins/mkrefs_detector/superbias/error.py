"""The error of a mean from few samples: each pixel's own scatter, weighed with that of the others.

The scatter of six samples is itself uncertain by a third, while pixels of one kind are alike to some percent.
Own and common variance are weighed as in Smyth 2004 (Stat. Appl. Genet. Mol. Biol. 3, 3); pixels that are not
like the others keep their own, as in Phipson et al. 2016 (Ann. Appl. Stat. 10, 946).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

from mkrefs_detector.statistics.corrections import c4, tail

# Pixels needed to know how alike they are.
_LEAST_PIXELS = 100
_MOST_DOF = 1e4
# Numbers of degrees of freedom that differ by this share are taken for one.
_ALIKE = 0.2
# The expectation of a variance known by two degrees of freedom or fewer is infinite.
_MOST_EXCESS = 2.0
_QUARTILES = np.array([0.25, 0.5, 0.75])
# A pixel whose samples are all the same whole number lies within half a DN of it.
_ROUNDING = 1 / np.sqrt(12)
# The mean of a clipped sample is as uncertain as that of a whole one of few samples, and as the limit of
# many; from about so many samples on the latter holds.
_FEW = 10.0

Image = NDArray[np.floating]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class CommonScatter:
    """What pixels of one kind have in common.

    Attributes
    ----------
    variance : float
        Typical variance of a sample in DN^2.
    dof : float
        Degrees of freedom that this knowledge is worth; 0 if nothing is known.
    """

    variance: float
    dof: float


def mean_error(
    scatter: Image, count: NDArray[np.integer], *, clipped_at: float | None
) -> NDArray[np.float64]:
    """Give the standard error of the mean of samples.

    Parameters
    ----------
    scatter : ndarray of float, shape (nrows, ncols)
        Standard deviation of a sample.
    count : ndarray of int, same shape
        Samples in the mean.
    clipped_at : float or None
        Threshold of the rejection of outliers, which makes a mean up to 3 % (at 3 sigma) more uncertain in
        variance; None for no rejection.

    Returns
    -------
    ndarray of float64
        NaN without a sample.
    """
    n = np.where(count > 0, count, np.nan).astype(np.float64)
    error = np.where(scatter > 0, scatter / np.sqrt(n), np.where(np.isnan(scatter), np.nan, _ROUNDING))
    if clipped_at is not None:
        error *= np.sqrt(1 + (_clipped_variance(clipped_at) - 1) * n / (n + _FEW))
    return np.asarray(error, dtype=np.float64)


def share_scatter(scatter: Image, count: NDArray[np.integer], kinds: tuple[Mask, ...]) -> Image:
    """Weigh the scatter of each pixel with that of the pixels of its kind.

    Parameters
    ----------
    scatter : ndarray of float, shape (nrows, ncols)
        Standard deviation of a sample of each pixel; NaN where it is not known.
    count : ndarray of int, same shape
        Samples behind it.
    kinds : tuple of ndarray of bool, same shape
        Pixels that are alike: light-sensitive ones, reference pixels.

    Returns
    -------
    ndarray of float
        NaN where nothing is known. A kind of fewer than 100 pixels is left as it is.
    """
    shared = np.array(scatter, dtype=np.float64)
    for kind in kinds:
        members = kind & (count > 0)
        dof = count[members].astype(np.float64) - 1
        variance = np.square(scatter[members].astype(np.float64))
        known = np.isfinite(variance) & (dof > 0)
        variance[known] *= c4(dof[known]) ** 2
        common = find_common(variance[known], dof[known])
        if common.dof > 0:
            variance, dof = np.where(known, variance, 0.0), np.where(known, dof, 0.0)
            shared[members] = np.sqrt(_weigh(variance, dof, common))
    return shared


def find_common(variance: NDArray[np.float64], dof: NDArray[np.float64]) -> CommonScatter:
    """Find what variances have in common, from the quartiles of those with about the most frequent dof.

    Those of pixels that lost a sample or two to the rejection of outliers belong to the whole: the correction
    of a scatter for the rejection is right for all of them together.

    Parameters
    ----------
    variance : ndarray of float64, shape (npixels,)
        Unbiased variances.
    dof : ndarray of float64, same shape
        Their degrees of freedom, above 0.

    Returns
    -------
    CommonScatter
        So that variance / common variance follows Fisher's F with the two degrees of freedom.
    """
    if dof.size < _LEAST_PIXELS:
        return CommonScatter(0.0, 0.0)
    values, numbers = np.unique(dof, return_counts=True)
    usual = float(values[numbers.argmax()])
    alike = np.abs(dof - usual) <= max(1.0, _ALIKE * usual)
    own = float(dof[alike].mean())
    low, middle, high = np.quantile(variance[alike], _QUARTILES)
    if not low > 0:
        return CommonScatter(0.0, 0.0)

    def excess(log_dof: float) -> float:
        ends = stats.f.ppf(_QUARTILES[[0, 2]], own, np.exp(log_dof))
        return float(np.log(ends[1] / ends[0]) - np.log(high / low))

    ends = (0.0, float(np.log(_MOST_DOF)))
    if excess(ends[1]) >= 0:
        common = _MOST_DOF
    elif excess(ends[0]) <= 0:
        common = 1.0
    else:
        common = float(np.exp(optimize.brentq(excess, *ends)))
    return CommonScatter(float(middle / stats.f.ppf(0.5, own, common)), common)


def _weigh(
    variance: NDArray[np.float64], dof: NDArray[np.float64], common: CommonScatter
) -> NDArray[np.float64]:
    """Give the variance to be expected from own and common one; what is an outlier keeps its own.

    With d degrees of freedom in all, the expectation is d / (d - 2) times their weighted mean; it is scaled
    so that pixels that are alike have the mean variance that their samples show.
    """
    chance = np.ones(variance.shape)
    some = dof > 0
    chance[some] = stats.f.sf(variance[some] / common.variance, dof[some], common.dof)
    order = np.argsort(-chance, kind="stable")
    larger = np.arange(order.size, 0, -1)
    alike = np.empty(order.size)
    alike[order] = np.minimum.accumulate(np.minimum(chance[order] * order.size / larger, 1.0))
    weight = alike * common.dof
    total = weight + dof
    expected = (weight * common.variance + dof * variance) / np.maximum(total - 2, total / _MOST_EXCESS)
    shown, given = float((alike * variance)[some].sum()), float((alike * expected)[some].sum())
    return np.asarray(expected * (shown / given if given > 0 else 1.0), dtype=np.float64)


def _clipped_variance(sigma: float) -> float:
    """Give the variance of the mean of many clipped Gaussian samples over that of all of them."""
    return float(1 / (1 - tail(sigma) - 2 * sigma * stats.norm.pdf(sigma)))
