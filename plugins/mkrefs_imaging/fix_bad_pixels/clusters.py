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
    from mkrefs_imaging.fix_bad_pixels.standing_kernels import times_in_clusters

    clustered: NDArray[np.bool_] = 2 * times_in_clusters(data, least) > len(data)
    return clustered
