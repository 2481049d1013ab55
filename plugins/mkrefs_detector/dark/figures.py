"""The figures of a dark, as values; the engine draws them."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import Curves, Figure, Histogram, Map
from mkrefs_detector.dark.product import DarkProduct

_BINS = 200
# Of the dark currents, the share in percent that may lie beyond either end of the histogram.
_BEYOND = 0.1
# How many median absolute deviations it reaches: hot pixels must not squeeze all others into a bin.
_REACH = 30.0


def dark_figures(
    product: DarkProduct, reference: NDArray[np.bool_], seconds: float, where: str
) -> Mapping[str, Figure]:
    """Give maps of the contributions, the usual ramp, and map and histogram of the dark current.

    Parameters
    ----------
    product : DarkProduct
        What the file holds.
    reference : ndarray of bool, shape (nrows, ncols)
        Reference pixels, which histogram and ramp leave out.
    seconds : float
        Seconds from group to group.
    where : str
        Detector and subarray, for the titles.

    Returns
    -------
    mapping of str to Figure
    """
    apart = product.count.ndim > 3
    counts = product.count if apart else product.count[None]
    data = product.data if apart else product.data[None]
    figures: dict[str, Figure] = {}
    for place, cube in enumerate(counts):
        name, which = (f"_int{place + 1}", f", integration {place + 1}") if apart else ("", "")
        most = float(max(int(cube.max()), 1))
        for group, number in enumerate(cube, start=1):
            figures[f"contributions{name}_group{group:03d}"] = Map(
                f"Contributions to group {group} of the dark of {where}{which}",
                "number of integrations",
                number,
                (0.0, most),
            )
    figures["mean_ramp"] = _ramps(data, counts, reference, seconds, where)
    figures["dark_current"] = Map(f"Dark current of {where}", "dark current (DN/s)", product.rate)
    figures["dark_current_histogram"] = _histogram(product.rate[~reference], where)
    return figures


def _ramps(
    data: NDArray[np.float32],
    counts: NDArray[np.unsignedinteger],
    reference: NDArray[np.bool_],
    seconds: float,
    where: str,
) -> Curves:
    names = ("median ramp (DN)", "median ramp of later integrations (DN)")
    curves = {
        name: np.array([np.median(plane[~reference]) for plane in cube])
        for name, cube in zip(names, data, strict=False)
    }
    if counts.shape[1] == data.shape[1]:
        curves["mean contributions"] = np.array([cube.mean() for cube in counts[0]])
    time = np.arange(data.shape[1]) * seconds
    return Curves(
        f"Dark ramp of {where}",
        "time since the first group (s)",
        "level (DN), or number of contributions",
        time,
        curves,
    )


def _histogram(rate: NDArray[np.float32], where: str) -> Histogram:
    low, median, high = (float(value) for value in np.percentile(rate, [_BEYOND, 50, 100 - _BEYOND]))
    reach = _REACH * float(np.median(np.abs(rate - median)))
    low, high = max(low, median - reach), min(high, median + reach)
    high = high if high > low else low + 1.0
    counts, edges = np.histogram(np.clip(rate, low, high), bins=_BINS, range=(low, high))
    quantity = "dark current (DN/s); what is beyond is in the first and last bins"
    return Histogram(f"Dark current of {where}", quantity, edges, counts, {"median": median})
