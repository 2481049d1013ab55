"""The gain of plain arrays, for notebooks and scripts; no file and no header is needed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mkrefs.api import ExposureMetadata, UserError
from mkrefs_detector.gain.product import GainProduct, make_product
from mkrefs_detector.gain.settings import GainSettings
from mkrefs_detector.gain.streaming import GainMeasurement, measure_pairs
from mkrefs_detector.plain_arrays import PlainRamp


@dataclass(frozen=True, slots=True)
class GainResult:
    """The gain of an array.

    Attributes
    ----------
    product : GainProduct
        Maps.
    measured : GainMeasurement
        What the boxes tell, and what they have in common.
    """

    product: GainProduct
    measured: GainMeasurement

    @property
    def gain(self) -> NDArray[np.float32]:
        """Gain of each pixel in electrons per DN."""
        return self.product.gain

    @property
    def err(self) -> NDArray[np.float32]:
        """Its standard error; NaN where it was filled."""
        return self.product.err


def measure_gain(
    flats: Sequence[ArrayLike],
    darks: Sequence[ArrayLike] = (),
    *,
    made_linear: bool = True,
    nframes: int = 1,
    groupgap: int = 0,
    settings: GainSettings | None = None,
) -> GainResult:
    """Measure the gain from pairs of flats and pairs of darks.

    Parameters
    ----------
    flats, darks : sequence of array_like, each of shape (nints, ngroups, nrows, ncols)
        Ramps in DN, even numbers of each; what is NaN is left out. Without darks the read noise comes from
        the flats.
    made_linear : bool
        Whether the ramps have been made linear; otherwise their curvature is measured and corrected.
    nframes, groupgap : int
        Frames averaged in a group, and frames dropped between groups.
    settings : GainSettings or None
        Further choices; None for the defaults.

    Returns
    -------
    GainResult

    Raises
    ------
    mkrefs.api.UserError
        If the arrays do not go together, or are too few.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(1)
    >>> flats = [np.cumsum(rng.poisson(2000, (1, 10, 64, 64)), axis=1) / 2 for _ in range(2)]
    >>> darks = [rng.normal(0, 5, (1, 10, 64, 64)) for _ in range(2)]
    >>> measure_gain(flats, darks).gain.shape
    (64, 64)
    """
    chosen = settings or GainSettings()
    ramps = [PlainRamp(each, caller="measure_gain") for each in (*flats, *darks)]
    if len({ramp.shape[2:] for ramp in ramps}) != 1:
        raise UserError(
            "measure_gain: the ramps differ in rows or columns, or there are none; give ramps of one size."
        )
    nints, ngroups, _, ncols = ramps[0].shape
    # The middle of a detector, where no pixel is a reference pixel, read by one output.
    metadata = ExposureMetadata(
        instrument="", detector="", exp_type="", readpatt="", subarray="", xstart=5, ystart=5, xsize=ncols,
        ysize=0, fastaxis=1, slowaxis=2, nints=nints, ngroups=ngroups, nframes=nframes, groupgap=groupgap,
        frame_time=1.0, group_time=float(nframes + groupgap), noutputs=1,
    )  # fmt: skip
    count = len(flats)
    measured = measure_pairs(
        ramps[:count], ramps[count:], [None] * count, metadata, chosen, made_linear=made_linear
    )
    return GainResult(make_product(measured, chosen), measured)
