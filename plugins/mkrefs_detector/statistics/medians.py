"""The median of many values by selection: sorting the millions of pixels of an image would take long."""

import numpy as np
from numpy.typing import NDArray


def median_of(values: NDArray[np.floating]) -> float:
    """Give the median, as `numpy.median` does, of values that are all numbers.

    Parameters
    ----------
    values : ndarray of float, shape (n,)
        One value or more, none of them NaN; changed in order.

    Returns
    -------
    float
    """
    middle = values.size // 2
    values.partition(middle)
    upper = values[middle]
    if values.size % 2:
        return float(upper)
    return float((values[:middle].max() + upper) / 2)
