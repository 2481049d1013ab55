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
from mkrefs_detector.statistics.sampling import spread_step
from mkrefs_detector.superbias.weighing import (
    chances_alike,
    gather_variances,
    select_variances,
    spread_scatter,
    weigh,
)

# Pixels needed to know how alike they are, and pixels that are enough.
_LEAST_PIXELS, _MOST_PIXELS = 100, 1 << 20
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


def mean_error(scatter: Image, count: NDArray[np.integer], *, clipped_at: float | None) -> Image:
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
    ndarray of float, of the scatter's type
        NaN without a sample.
    """
    n = np.arange(int(count.max(initial=0)) + 1, dtype=np.float64)
    clipped = np.ones(n.size)
    if clipped_at is not None:
        clipped = np.sqrt(1 + (_clipped_variance(clipped_at) - 1) * n / (n + _FEW))
    clipped[0] = np.nan
    share = clipped / np.sqrt(np.maximum(n, 1))
    error = scatter * share.astype(scatter.dtype)[count]
    same = scatter == 0
    error[same] = (_ROUNDING * clipped)[count[same]]
    return np.asarray(error)


def share_scatter(scatter: Image, count: NDArray[np.integer], kinds: tuple[Mask, ...]) -> NDArray[np.float32]:
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
    ndarray of float32
        NaN where nothing is known. A kind of fewer than 100 pixels is left as it is.
    """
    shared = np.array(scatter, dtype=np.float32, order="C")
    unbiased = np.zeros(int(count.max(initial=0)) + 1, dtype=np.float32)
    unbiased[2:] = c4(np.arange(1.0, unbiased.size - 1)) ** 2
    counts = np.ascontiguousarray(count, dtype=np.int32).ravel()
    place, number = np.empty((2, shared.size), dtype=np.int32)
    variance = np.empty(shared.size, dtype=np.float32)
    known = np.empty(max(unbiased.size, 2), dtype=np.int64)
    for kind in kinds:
        found = gather_variances(
            shared.ravel(), counts, kind.ravel(), unbiased, place, variance, number, known
        )
        ratio, samples = variance[:found], number[:found]
        common = _common_of_samples(ratio, samples, known)
        if common.dof > 0:
            ratio /= np.float32(common.variance)
            alike = chances_alike(ratio, samples, common.dof)
            factor = weigh(ratio, samples, alike, common.dof, _MOST_EXCESS) * common.variance
            spread_scatter(ratio, factor, place[:found], shared.ravel())
    return shared


def find_common(variance: NDArray[np.floating], dof: NDArray[np.floating]) -> CommonScatter:
    """Find what variances have in common, from the quartiles of those with about the most frequent dof.

    Those of pixels that lost a sample or two to the rejection of outliers belong to the whole: the correction
    of a scatter for the rejection is right for all of them together.

    Parameters
    ----------
    variance : ndarray of float, shape (npixels,)
        Unbiased variances.
    dof : ndarray of float, same shape
        Their degrees of freedom, above 0.

    Returns
    -------
    CommonScatter
        So that variance / common variance follows Fisher's F with the two degrees of freedom.
    """
    if dof.size < _LEAST_PIXELS:
        return CommonScatter(0.0, 0.0)
    values, numbers = np.unique(dof, return_counts=True)
    alike = _alike(dof, float(values[numbers.argmax()]))
    return _fit_scatter(variance[alike], float(dof[alike].mean(dtype=np.float64)))


def _common_of_samples(
    variance: NDArray[np.float32], number: NDArray[np.int32], known: NDArray[np.int64]
) -> CommonScatter:
    """Do the same for millions of pixels with their numbers of samples, of which so many are known.

    A million of them, evenly spread, tell the quartiles to a part in a thousand.
    """
    if known.sum() < _LEAST_PIXELS:
        return CommonScatter(0.0, 0.0)
    dof = np.arange(known.size) - 1.0
    wanted = _alike(dof, float(dof[known.argmax()])) & (known > 0)
    step = spread_step(variance.size, _MOST_PIXELS)
    variance, number = variance[::step], number[::step]
    chosen = np.empty(variance.size, dtype=np.float32)
    found = select_variances(variance, number, wanted, chosen)
    return _fit_scatter(chosen[:found], float(np.average(dof[wanted], weights=known[wanted])))


def _alike(dof: NDArray[np.floating], usual: float) -> Mask:
    return np.asarray(np.abs(dof - usual) <= max(1.0, _ALIKE * usual), dtype=np.bool_)


def _fit_scatter(variance: NDArray[np.floating], own: float) -> CommonScatter:
    """Fit Fisher's F to the quartiles of variances of so many degrees of freedom; they are put into order."""
    low, middle, high = _quartiles(variance)
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


def _quartiles(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Give the quartiles as `numpy.quantile` does; the values are put into order."""
    values.sort()
    place = _QUARTILES * (values.size - 1)
    first = place.astype(np.int64)
    low = values[first].astype(np.float64)
    return np.asarray(low + (place - first) * (values[np.minimum(first + 1, values.size - 1)] - low))


def _clipped_variance(sigma: float) -> float:
    """Give the variance of the mean of many clipped Gaussian samples over that of all of them."""
    return float(1 / (1 - tail(sigma) - 2 * sigma * stats.norm.pdf(sigma)))
