"""Clusters of NaN: where they lie."""

import numpy as np
from numpy.typing import NDArray


def clusters_of_nan(data: NDArray[np.floating], least: int) -> NDArray[np.bool_]:
    """Mark the pixels that lie in a cluster of NaNs in more than half of the planes.

    Parameters
    ----------
    data : ndarray, shape (nplanes, nrows, ncols)
        Values.
    least : int
        Smallest number of NaNs, each beside or above another, that make a cluster.

    Returns
    -------
    ndarray of bool, shape (nrows, ncols)
        True in clusters.
    """
    from scipy.ndimage import label

    times = np.zeros(data.shape[1:], dtype=np.int64)
    for frame in np.isnan(data):
        if np.count_nonzero(frame) < least:
            continue
        labels = label(frame)[0][frame]
        times[frame] += np.bincount(labels)[labels] >= least
    clustered: NDArray[np.bool_] = 2 * times > len(data)
    return clustered
