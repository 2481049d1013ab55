"""From sums of products to the gain: shot noise parted from read noise, from its coupling and from feedback.

The products of the modes of increments have the expectation

    K tau + B beta + R rho

with K the variance (or autocovariance) of shot noise per signal, in 1/gain, B the charge a pixel turns away
for what it and its neighbours hold (the brighter-fatter effect), and R that of the read noise, where no darks
tell it; tau, beta and rho follow from the signals and the modes.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mkrefs_detector.gain.kernels import DOF, PRODUCTS, SHARES, TAILED, TRIED
from mkrefs_detector.gain.modes import LONGEST, all_modes, modes_of_total
from mkrefs_detector.gain.products import Parts, Products
from mkrefs_detector.gain.truncation import TAIL, kept_variance, missed_variance

_LAGS = 5
Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Design:
    """What is expected of each mode, by record and cell.

    Attributes
    ----------
    tau, beta, rho : ndarray of float64, shape (nrecords, nrows, ncols, 2 LONGEST)
        Of the modes; 0 where there is none.
    tau_whole, beta_whole, rho_whole : ndarray of float64, shape (nrecords, nrows, ncols)
        Of the increments added up.
    """

    tau: Values
    beta: Values
    rho: Values
    tau_whole: Values
    beta_whole: Values
    rho_whole: Values


@dataclass(frozen=True, slots=True)
class Samples:
    """Mean products of shot noise and what is left of read noise, by record and cell.

    Attributes
    ----------
    modes : ndarray of float64, shape (nrecords, nrows, ncols, 5, 2 LONGEST)
        Products by lag and mode, without those of the darks.
    whole : ndarray of float64, shape (nrecords, nrows, ncols, 5)
        Of the increments added up.
    scatter : ndarray of float64, shape (nrecords, nrows, ncols, 2 LONGEST)
        Variance of each mode, and
    dark : ndarray of float64, same shape
        that of the darks, which was taken off.
    number, dark_number : ndarray of float64, shape (nrecords, nrows, ncols, 5)
        Products they are the means of, by lag.
    """

    modes: Values
    whole: Values
    scatter: Values
    dark: Values
    number: Values
    dark_number: Values


def make_design(parts: Parts, bright: Values, dim: Values | None, *, shared: float) -> Design:
    """Compute what is expected of each mode.

    Parameters
    ----------
    parts : Parts
        The records.
    bright, dim : ndarray of float64, shape (nrecords, nrows, ncols, 2, LONGEST)
        Linear increments of flats and of darks in DN; the darks' shot noise is in what is taken off.
    shared : float
        As `mkrefs_detector.gain.modes.shared_frames` gives.

    Returns
    -------
    Design
    """
    level = parts.level[..., None] ** 2
    signal = bright if dim is None else bright - dim
    both = (level * signal).sum(axis=-2)
    tables = all_modes()
    shape = parts.length.shape
    tau, beta, rho = (np.zeros((*shape, 2 * LONGEST)) for _ in range(3))
    whole = [np.zeros(shape) for _ in range(3)]
    for length in np.unique(parts.length[parts.length > 0]):
        here = parts.length == length
        places = _places(int(length))
        modes = tables.both(int(length))
        step = both[here][:, :length]
        each = signal[here][:, :, :length]
        noise = (parts.noise[here][:, :, : length + 1] ** 2).sum(axis=1)
        levels = level[here][:, :, 0]
        rows = np.arange(here.sum())[:, None]
        found = [_of_modes(mode, step, each, levels, noise, shared) for mode in (modes, np.ones((1, length)))]
        for target, values in zip((tau, beta, rho), found[0], strict=True):
            block = target[here]
            block[rows, places] = values
            target[here] = block
        for target, values in zip(whole, found[1], strict=True):
            target[here] = values[:, 0]
    return Design(tau, beta, rho, *whole)


def without_sums(design: Design, samples: Samples) -> tuple[Design, Samples]:
    """Leave the modes of the sums of two exposures out, so that those of the differences alone count.

    Parameters
    ----------
    design : Design
        What is expected of each mode.
    samples : Samples
        The mean products.

    Returns
    -------
    Design
    Samples
    """
    differences = np.arange(2 * LONGEST) < LONGEST
    expected = replace(
        design, tau=design.tau * differences, beta=design.beta * differences, rho=design.rho * differences
    )
    found = replace(
        samples,
        modes=samples.modes * differences,
        scatter=samples.scatter * differences,
        dark=samples.dark * differences,
    )
    return expected, found


def _places(length: int) -> NDArray[np.int64]:
    return np.concatenate([np.arange(length), LONGEST + np.arange(length)])


def _of_modes(
    modes: Values, step: Values, each: Values, levels: Values, noise: Values, shared: float
) -> tuple[Values, Values, Values]:
    """Give tau, beta and rho of modes (nmodes, L), each of shape (ncells, nmodes)."""
    square, product = modes**2, modes[:, 1:] * modes[:, :-1]
    between = (step[:, 1:] + step[:, :-1]) / 2
    tau = (1 - 2 * shared) * step @ square.T + 2 * shared * between @ product.T
    beta = ((each @ modes.T) ** 2 * levels[..., None]).sum(axis=1)
    ends = np.zeros((modes.shape[0], 1))
    groups = np.concatenate([ends, modes], axis=1) - np.concatenate([modes, ends], axis=1)
    return tau, beta, noise @ (groups**2).T


def make_samples(
    bright: Products, dark: Products | None, parts: Parts, *, fast: int, sigma: float, missed: bool
) -> Samples:
    """Turn sums into means, corrected for rejection, missed hits and the means taken off.

    Parameters
    ----------
    bright : Products
        Of the flats.
    dark : Products or None
        Of the darks.
    parts : Parts
        The records.
    fast : int
        Axis along which pixels of different phases lie side by side.
    sigma : float
        Threshold of the rejection.
    missed : bool
        Whether to take off what missed hits add.

    Returns
    -------
    Samples
    """
    shot, shot_whole = _means(bright, parts, sigma, missed)
    if dark is None:
        dim, dim_whole = np.zeros_like(shot), np.zeros_like(shot_whole)
        dark_number = np.full_like(bright.counts[..., :_LAGS], np.inf)
    else:
        dim, dim_whole = _means(dark, parts, sigma, missed)
        dark_number = _numbers(dark)
    number = _numbers(bright) * (dark_number > 0)
    scatter, noise = shot[..., 0, :].copy(), dim[..., 0, :].copy()
    modes, whole = shot - dim, shot_whole - dim_whole
    _restore_means(modes, bright.counts, fast)
    _restore_means(whole[..., None], bright.counts, fast)
    return Samples(modes, whole, scatter, noise, number, dark_number)


def _numbers(products: Products) -> Values:
    number = products.counts[..., PRODUCTS : PRODUCTS + _LAGS].copy()
    number[..., 0] = products.counts[..., DOF]
    return number


def _means(products: Products, parts: Parts, sigma: float, missed: bool) -> tuple[Values, Values]:
    """Give the mean products of modes and of increments added up, as they would be without rejection."""
    number = _numbers(products)
    safe = np.where(number > 0, number, 1.0)
    last = np.maximum(parts.length - 1, 0)[..., None, None]
    whole = np.take_along_axis(
        products.whole, np.broadcast_to(last, (*products.whole.shape[:-1], 1)), axis=-1
    )
    modes, whole = products.modes / safe[..., None], whole[..., 0] / safe
    length = np.maximum(parts.length, 1)
    each = modes[..., 0, :LONGEST].sum(axis=-1) / length
    if missed:
        added = each * _missed_share(products, parts, sigma)
        modes[..., 0, :] -= np.where(modes[..., 0, :] > 0, added[..., None], 0.0)
        whole[..., 0] -= added * length
    cut, cut_whole = _left_by_rejection(products, parts, sigma)
    power = np.array([1, *[2] * (_LAGS - 1)])
    return modes / cut[..., None, :] ** power[:, None], whole / cut_whole[..., None] ** power


def _left_by_rejection(products: Products, parts: Parts, sigma: float) -> tuple[Values, Values]:
    """Give what rejecting large increments leaves of the variance of each mode, and of their sum.

    Leaving out the fraction of an increment's variance beyond the threshold takes from a mode that fraction
    times the ratio of its variance to that of an increment.
    """
    taken = 1 - kept_variance(sigma)
    modes, whole = np.ones(products.modes[..., 0, :].shape), np.ones(parts.length.shape)
    for record in range(parts.length.shape[0]):
        for length in np.unique(parts.length[record][parts.length[record] > 0]).tolist():
            here = parts.length[record] == length
            power = products.modes[record][here][:, 0].sum(axis=0)
            accumulated = products.whole[record][here][:, 0, length - 1].sum()
            mean = power[:length].sum() / length
            if mean <= 0:
                continue
            total = modes_of_total(length)
            # Either exposure is tested; they are one and the same where nothing is left of their sum.
            tests = 2 / (1 + total / length) if total else 1.0
            modes[record][here] = 1 - taken * tests * power / mean
            whole[record][here] = 1 - taken * tests * accumulated / length / mean
    return modes, whole


def hit_rate(products: Products, sigma: float) -> float:
    """Give the share of ramps (parts of them) hit, per unit of log(size), by those that stand out.

    Parameters
    ----------
    products : Products
        Of flats or darks.
    sigma : float
        Threshold of the rejection.

    Returns
    -------
    float
    """
    tried = products.counts[..., TRIED].sum()
    width = np.log(max(TAIL[1], 2 * sigma) / max(TAIL[0], sigma))
    return float(products.counts[..., TAILED].sum() / tried / width) if tried > 0 else 0.0


def _missed_share(products: Products, parts: Parts, sigma: float) -> Values:
    """Give what missed hits add to the variance, relative to it."""
    length = np.maximum(parts.length, 1)
    total = np.array([modes_of_total(int(n)) for n in range(LONGEST + 1)])[length]
    added = hit_rate(products, sigma) * missed_variance(sigma)
    return np.asarray(added / (length + total), dtype=np.float64)


def _restore_means(products: Values, counts: Values, fast: int) -> None:
    """Add to the products of neighbours, in place, what taking off the means of phases took from them.

    Neighbours along the fast axis are of different phases, those across it of one.
    """
    pairs = counts[..., PRODUCTS : PRODUCTS + _LAGS]
    share = counts[..., SHARES : SHARES + _LAGS] / np.where(pairs > 0, pairs, 1.0)
    along, across = (1, 2) if fast == 1 else (2, 1)
    same = products[..., 0, :] + 2 * products[..., across, :]
    other = 2 * (products[..., along, :] + products[..., 3, :] + products[..., 4, :])
    for lag, change in ((along, other), (across, same), (3, other), (4, other)):
        products[..., lag, :] += change * share[..., lag, None]
