"""The figures of `fix_bad_pixels`, as values; the engine draws them."""

from collections.abc import Mapping

import numpy as np

from mkrefs.api import CalibratedImage, Curves, Figure
from mkrefs_imaging.fix_bad_pixels.state import State
from mkrefs_imaging.planes.planes import Planes

_BINS = 200


def value_figures(before: Planes, after: State, image: CalibratedImage) -> Mapping[str, Figure]:
    """Show how often the values occur before and after the repair; there is nothing to show without any."""
    values = before.data[np.isfinite(before.data)]
    if not values.size:
        return {}
    edges = np.histogram_bin_edges(values, bins=_BINS)
    curves = {
        "before": np.histogram(values, edges)[0],
        "after": np.histogram(after.data[np.isfinite(after.data)], edges)[0],
    }
    curve = Curves(
        title=f"{image.exposure}: values before and after the repair",
        x_quantity=f"value ({image.unit})",
        y_quantity="log10 of the number of pixels",
        x=0.5 * (edges[1:] + edges[:-1]),
        curves={name: np.log10(np.maximum(counts, 0.5)) for name, counts in curves.items()},
    )
    return {"values": curve}
