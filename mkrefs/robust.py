"""The robust scatter of values, the one that all rooms mean by the word; nothing else."""

import numpy as np
from numpy.typing import NDArray

#: Standard deviations of a normal distribution in one median absolute deviation.
_MAD_TO_SIGMA = 1.4826022185056018


def scatter_about(values: NDArray[np.floating], median: float) -> float:
    """Give the robust scatter of values.

    Parameters
    ----------
    values : ndarray
        Finite, at least one, of any shape; in their own precision.
    median : float
        Their median.

    Returns
    -------
    float
        1.4826 times the median absolute deviation: the standard deviation, if they are normal.
    """
    return _MAD_TO_SIGMA * float(np.median(np.abs(values - values.dtype.type(median))))
