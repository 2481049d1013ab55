"""The brighter-fatter effect: charge a pixel holds turns away what comes after, to its neighbours."""

import numpy as np
from numpy.typing import NDArray


def turned_away(
    arriving: NDArray[np.float32],
    charge: NDArray[np.float32],
    strength: float,
    active: NDArray[np.bool_],
) -> NDArray[np.float32]:
    """Give what the pixels collect of arriving charge, given what they hold.

    Parameters
    ----------
    arriving : ndarray of float32, shape (nrows, ncols)
        Electrons that would be collected without the effect.
    charge : ndarray of float32, shape (nrows, ncols)
        Electrons held meanwhile.
    strength : float
        Share of the arriving charge that crosses to one of the four neighbours for each electron held more.
    active : ndarray of bool, shape (nrows, ncols)
        A rectangle of True, the science pixels; nothing crosses its border.

    Returns
    -------
    ndarray of float32, shape (nrows, ncols)
        Not negative; the sum stays.
    """
    rows, columns = np.flatnonzero(active.any(axis=1)), np.flatnonzero(active.any(axis=0))
    box = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    collected = np.array(arriving)
    light, held = arriving[box], charge[box]
    science = collected[box]
    for axis in (0, 1):
        here = np.s_[:-1, :] if axis == 0 else np.s_[:, :-1]
        there = np.s_[1:, :] if axis == 0 else np.s_[:, 1:]
        shared = np.float32(strength / 2) * (light[here] + light[there])
        crossing = shared * (held[here] - held[there])
        science[here] -= crossing
        science[there] += crossing
    return np.maximum(collected, np.float32(0))
