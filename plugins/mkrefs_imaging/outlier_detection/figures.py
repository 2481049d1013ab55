"""Figures of outlier detection, as values."""

import numpy as np

from mkrefs.api import Histogram
from mkrefs_imaging.outlier_detection.guard import Cores

_BINS = 20


def core_figure(cores: Cores, limit: float) -> Histogram:
    """Show how much of the cores of bright sources was flagged.

    Parameters
    ----------
    cores : Cores
        What was measured.
    limit : float
        Fraction past which the guard warns.

    Returns
    -------
    Histogram
    """
    counts, edges = np.histogram(cores.lasting, bins=_BINS, range=(0.0, 1.0))
    return Histogram(
        title="Cores of bright sources, without the worst image",
        quantity="fraction of the core flagged",
        edges=edges,
        counts=counts,
        lines={"limit": limit},
    )
