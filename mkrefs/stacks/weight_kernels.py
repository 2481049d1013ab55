"""A compiled loop over the columns of a block: weighted means of what lies within limits."""

import math
from typing import Any

import numba
import numpy as np

# Columns whose sums stay in the nearest memory.
_TILE = 512


@numba.njit(cache=True, nogil=True)
def _add_row(values: Any, weights: Any, errors: Any, within: Any, sums: Any, used: Any) -> None:
    """Add one row to the sums of weights, of weighted values, and of squares of weighted errors."""
    lowest, highest = within
    total, product, squares = sums
    for x in range(used.size):
        inside = (values[x] >= lowest[x]) & (values[x] <= highest[x])
        weight = weights[x] if inside & (weights[x] > 0) & (weights[x] < np.inf) else 0.0
        value, error = (values[x], errors[x]) if weight > 0 else (0.0, 0.0)
        total[x] += weight
        product[x] += weight * value
        squares[x] += (weight * error) * (weight * error)
        used[x] = 1 if weight > 0 else 0


@numba.njit(cache=True, nogil=True)
def weigh_block(
    values: Any, weights: Any, errors: Any, lowest: Any, highest: Any, mean: Any, error: Any, used: Any
) -> None:
    """Fill weighted means, their errors, and what is in them.

    Parameters
    ----------
    values : ndarray of float32 or float64, shape (nsamples, npixels)
        Samples; NaN where there is none.
    weights : ndarray of float64, shape (nsamples, npixels) or (0, 0)
        Their weights, of which those count that are finite and above 0; equal ones if empty.
    errors : ndarray of the type of the values, shape (nsamples, npixels) or (0, 0)
        Their standard errors; none if empty.
    lowest, highest : ndarray of the type of the values, shape (npixels,)
        Limits of what counts.
    mean, error : ndarray of the type of the values, shape (npixels,)
        Filled; NaN where nothing counts.
    used : ndarray of uint8, shape (nsamples, npixels)
        Filled with 1 for what counts, and 0 for the rest.
    """
    nsamples, npixels = values.shape
    ones, zeros = np.ones(_TILE), np.zeros(_TILE, values.dtype)
    room = np.empty((3, _TILE))
    for start in range(0, npixels, _TILE):
        stop = min(start + _TILE, npixels)
        room[:] = 0.0
        within = lowest[start:stop], highest[start:stop]
        for k in range(nsamples):
            weight = weights[k, start:stop] if weights.size > 0 else ones[: stop - start]
            own = errors[k, start:stop] if errors.size > 0 else zeros[: stop - start]
            sums = room[0], room[1], room[2]
            _add_row(values[k, start:stop], weight, own, within, sums, used[k, start:stop])
        for x in range(stop - start):
            total = room[0, x]
            mean[start + x] = room[1, x] / total if total > 0 else np.nan
            error[start + x] = math.sqrt(room[2, x]) / total if total > 0 else np.nan
