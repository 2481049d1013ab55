"""The figures of a superbias, as values; the engine draws them."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import Figure, Histogram, Map
from mkrefs_detector.superbias.product import BiasProduct

_BINS = 200
# What lies further above the mean than so many times the distance of the threshold goes into the last bin.
_REACH = 3.0


def bias_figures(product: BiasProduct, reference: NDArray[np.bool_], where: str) -> Mapping[str, Figure]:
    """Give a histogram of the error image with the threshold, and maps of bias and error.

    Parameters
    ----------
    product : BiasProduct
        What the file holds.
    reference : ndarray of bool, shape (nrows, ncols)
        Reference pixels, which the histogram leaves out.
    where : str
        Detector and subarray, for the titles.

    Returns
    -------
    mapping of str to Figure
    """
    return {
        "error_histogram": _histogram(product, reference, where),
        "bias": Map(f"Superbias of {where}", "bias (DN)", product.bias),
        "error": Map(f"Error of the superbias of {where}", "error (DN)", product.err),
    }


def _histogram(product: BiasProduct, reference: NDArray[np.bool_], where: str) -> Histogram:
    threshold = product.threshold
    errors = product.own_error[~reference & np.isfinite(product.own_error)]
    top = threshold.mean + _REACH * (threshold.value - threshold.mean)
    if not (np.isfinite(top) and top > 0):
        top = float(errors.max(initial=0.0)) or 1.0
    counts, edges = np.histogram(np.minimum(errors, top), bins=_BINS, range=(0.0, top))
    return Histogram(
        f"Error of the superbias of {where}, by each pixel's own samples",
        f"error (DN); what is above {top:.3g} DN is in the last bin",
        edges,
        counts,
        {"clipped mean": threshold.mean, "UNRELIABLE_BIAS above": threshold.value},
    )
