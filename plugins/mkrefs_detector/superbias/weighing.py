"""How far pixels are like the others, from tables: of a distribution, and of the ranks of millions of pixels.

The chance of a larger variance is looked up by the bits of a number: so many to every factor of two, and
straight between. `error` tells what the chances are for.
"""

import math
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray
from scipy import stats

# A float32 is looked up by its exponent and the first bits of its mantissa.
_SHIFT = 14
_PER_OCTAVE = 1 << (23 - _SHIFT)
# Ratios of variances from 2**-30 to 2**30; below, all chances are 1, above, none is in need of a table.
_OCTAVES = 30
_LOWEST = (127 - _OCTAVES) * _PER_OCTAVE
_BINS = 2 * _OCTAVES * _PER_OCTAVE
# Ranks are counted in so many steps of the chance; the ranks of the lowest chances one by one.
_STEPS = 1 << 17
_EXACT_BELOW = 1 << 9
# The ranks of so many pixels are counted one by one at once.
_FEW_PIXELS = 1 << 17

_compiled = numba.njit(cache=True, nogil=True, error_model="numpy")


def chances_alike(
    ratio: NDArray[np.float32], count: NDArray[np.int32], common_dof: float
) -> NDArray[np.float32]:
    """Give the chance that a pixel is like the others, adjusted for how many there are.

    Parameters
    ----------
    ratio : ndarray of float32, shape (npixels,)
        Variance of each pixel over the common one; 0 with a single sample.
    count : ndarray of int32, same shape
        Samples behind it, 1 or more.
    common_dof : float
        Degrees of freedom of the common variance.

    Returns
    -------
    ndarray of float32
        The chance of a larger ratio by Fisher's F, as Benjamini and Hochberg adjust it (1995, J. R. Stat.
        Soc. B 57, 289): times the number of pixels, over the number of those with such a chance or a smaller
        one, and never more than that of a pixel with a larger chance.
    """
    if ratio.size <= _FEW_PIXELS:
        return _adjusted(_chances(ratio, count, common_dof), ratio.size, 1.0).astype(np.float32)
    table = _chance_table(ratio, count, common_dof)
    chance, numbers = np.empty(ratio.shape, dtype=np.float32), np.zeros(_STEPS + 1, dtype=np.int32)
    look_up(ratio.view(np.int32), count, table, chance, numbers)
    below = np.cumsum(numbers, dtype=np.int64) - numbers
    edges = np.arange(_STEPS + 1) / _STEPS * ratio.size / np.maximum(below, 1)
    adjusted = np.minimum.accumulate(np.minimum(edges, 1.0)[::-1])[::-1]
    low = np.flatnonzero(chance < _EXACT_BELOW / _STEPS)
    adjust(chance, adjusted)
    exact = _chances(ratio[low], count[low], common_dof)
    chance[low] = _adjusted(exact, ratio.size, adjusted[_EXACT_BELOW])
    return chance


def _chances(ratio: NDArray[np.float32], count: NDArray[np.int32], common_dof: float) -> NDArray[np.float64]:
    """Give the chance of a larger ratio, 1 with a single sample."""
    dof = np.maximum(count - 1.0, 1.0)
    return np.where(count > 1, stats.f.sf(ratio.astype(np.float64), dof, common_dof), 1.0)


def _adjusted(chance: NDArray[np.float64], number: int, most: float) -> NDArray[np.float64]:
    """Adjust the lowest of so many chances; ``most`` is what the next larger one is adjusted to."""
    order = np.argsort(-chance)
    times = number / np.arange(chance.size, 0, -1)
    adjusted = np.empty(chance.size)
    adjusted[order] = np.minimum.accumulate(np.minimum(chance[order] * times, most))
    return adjusted


def _chance_table(
    ratio: NDArray[np.float32], count: NDArray[np.int32], common_dof: float
) -> NDArray[np.float32]:
    """Tabulate the chance of a larger ratio by number of samples, where there are pixels."""
    used = np.zeros((int(count.max()) + 1, _BINS + 1), dtype=np.bool_)
    mark_bins(ratio.view(np.int32), count, used)
    used[:, 1:] |= used[:, :-1]
    used[:2] = False
    edges = ((np.arange(_BINS + 1, dtype=np.int32) + _LOWEST) << _SHIFT).view(np.float32)
    table = np.ones(used.shape, dtype=np.float32)
    for number in np.flatnonzero(used.any(axis=1)):
        there = used[number]
        table[number, there] = stats.f.sf(edges[there].astype(np.float64), number - 1.0, common_dof)
    return table


@_compiled
def gather_variances(
    scatter: Any, count: Any, kind: Any, unbiased: Any, place: Any, variance: Any, number: Any, known: Any
) -> Any:
    """Collect the pixels of a kind that have samples; give how many there are.

    Parameters
    ----------
    scatter : ndarray of float32, shape (npixels,)
        Standard deviation of a sample.
    count : ndarray of int32, same shape
        Samples behind it.
    kind : ndarray of bool, same shape
        The pixels asked for.
    unbiased : ndarray of float32, shape (ncounts,)
        What a square is multiplied by, by the number of samples.
    place, variance, number : ndarray of int32, float32 and int32, same shape
        Filled from the beginning with the place of a pixel, its variance and its samples; 0 and 1 where the
        variance is not known.
    known : ndarray of int64, shape (ncounts,)
        Filled with the number of pixels whose variance is known, by the number of samples.
    """
    known[:] = 0
    found = 0
    for t in range(scatter.size):
        if kind[t] and count[t] > 0:
            n = count[t]
            value = scatter[t] * scatter[t] * unbiased[n]
            if not (n > 1 and value < np.inf):
                n, value = 1, np.float32(0)
            place[found], variance[found], number[found] = t, value, n
            known[n] += 1
            found += 1
    known[1] = 0
    return found


@_compiled
def select_variances(variance: Any, number: Any, wanted: Any, out: Any) -> Any:
    """Collect the variances of the numbers of samples that are wanted; give how many there are."""
    found = 0
    for t in range(variance.size):
        if wanted[number[t]]:
            out[found] = variance[t]
            found += 1
    return found


@_compiled
def spread_scatter(ratio: Any, factor: Any, place: Any, scatter: Any) -> None:
    """Put standard deviations, the roots of ratios times a factor, into their places in an image."""
    for t in range(place.size):
        scatter[place[t]] = math.sqrt(ratio[t] * factor)


@_compiled
def mark_bins(bits: Any, count: Any, used: Any) -> None:
    """Mark the bins, by number of samples, that hold a pixel; ``bits`` are those of the ratios."""
    last = used.shape[1] - 2
    for t in range(bits.size):
        used[count[t], min(max((bits[t] >> _SHIFT) - _LOWEST, 0), last)] = True


@_compiled
def look_up(bits: Any, count: Any, table: Any, chance: Any, numbers: Any) -> None:
    """Fill the chance of each pixel, and add up how many there are in each step of the chance."""
    last, steps = table.shape[1] - 2, numbers.size - 1
    part = np.float32(1.0 / (1 << _SHIFT))
    for t in range(bits.size):
        place = (bits[t] >> _SHIFT) - _LOWEST
        inside = np.float32(bits[t] & ((1 << _SHIFT) - 1)) * part if 0 <= place <= last else np.float32(0)
        place = min(max(place, 0), last)
        low, high = table[count[t], place], table[count[t], place + 1]
        chance[t] = low + (high - low) * inside
        numbers[int(chance[t] * steps)] += 1


@_compiled
def adjust(chance: Any, adjusted: Any) -> None:
    """Replace chances by what they are adjusted to, given at even steps."""
    steps = adjusted.size - 1
    for t in range(chance.size):
        place = chance[t] * np.float64(steps)
        step = min(int(place), steps - 1)
        chance[t] = adjusted[step] + (adjusted[step + 1] - adjusted[step]) * (place - step)


@_compiled
def weigh(ratio: Any, count: Any, alike: Any, common_dof: Any, most_excess: Any) -> Any:
    """Replace ratios by what is to be expected of own and common variance, and give a factor for all.

    Parameters
    ----------
    ratio : ndarray of float32, shape (npixels,)
        Variance of each pixel over the common one; 0 with a single sample. Filled with what is expected.
    count : ndarray of int32, same shape
        Samples behind it, 1 or more.
    alike : ndarray of float32, same shape
        Chance that the pixel is like the others.
    common_dof : float
        Degrees of freedom of the common variance.
    most_excess : float
        Largest ratio of an expected variance to the mean of own and common one.

    Returns
    -------
    float
        What makes the mean of pixels that are alike the one that their samples show.
    """
    shown, given = 0.0, 0.0
    for t in range(ratio.size):
        dof, own, like = count[t] - 1.0, np.float64(ratio[t]), np.float64(alike[t])
        weight = like * common_dof
        total = weight + dof
        expected = (weight + dof * own) / max(total - 2, total / most_excess)
        shown += like * own if dof > 0 else 0.0
        given += like * expected if dof > 0 else 0.0
        ratio[t] = expected
    return shown / given if given > 0 else 1.0
