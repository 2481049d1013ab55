"""From measured responses to what a flat file holds: flags, the normalisation, and lines for HISTORY."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mkrefs_imaging.sky_flat.combination import Response
from mkrefs_imaging.sky_flat.parameters import SkyFlatParameters

Mask = NDArray[np.bool_]
# What stands in place of a response that is not known: it changes nothing.
_NO_RESPONSE = 1.0


@dataclass(frozen=True, slots=True)
class FlatProduct:
    """What the file holds.

    Attributes
    ----------
    flat, err : ndarray of float32, shape (nrows, ncols)
        Response, of median 1 over the pixels that are not flagged, and its standard error. Without a flat
        field they are 1 and NaN.
    missing, unreliable : ndarray of bool, same shape
        Pixels without a flat field, and those whose flat field is uncertain.
    history : tuple of str
        What came out.
    """

    flat: NDArray[np.float32]
    err: NDArray[np.float32]
    missing: Mask
    unreliable: Mask
    history: tuple[str, ...]


def make_product(response: Response, parameters: SkyFlatParameters) -> FlatProduct:
    """Flag pixels, and give the response the median 1 over those that are not.

    Parameters
    ----------
    response : Response
        What was measured.
    parameters : SkyFlatParameters
        The choices made.

    Returns
    -------
    FlatProduct
    """
    with np.errstate(invalid="ignore"):
        missing = ~(response.flat >= parameters.low_response)
    few = (response.count < parameters.minimum_samples) | (2 * response.count < response.there)
    good_err = response.err[~missing & ~few]
    median_err = float(np.median(good_err)) if good_err.size else float("nan")
    with np.errstate(invalid="ignore"):
        noisy = response.err > parameters.unreliable_factor * median_err
    unreliable = (few | noisy) & ~missing
    used = ~missing & ~unreliable
    level = float(np.median(response.flat[used])) if used.any() else 1.0
    flat = np.where(missing, _NO_RESPONSE, response.flat / level).astype(np.float32)
    err = np.where(missing, np.nan, response.err / level).astype(np.float32)
    lines = (
        f"Median error of the flat: {median_err / level:.4g}; {int(np.median(response.count))} images for a "
        "pixel in the median.",
        f"NO_FLAT_FIELD: {int(missing.sum())} pixels without a usable sample, or with a response below "
        f"{parameters.low_response:g}; UNRELIABLE_FLAT: {int((few & ~missing).sum())} pixels on which too "
        f"few images agree, {int((noisy & unreliable & ~few).sum())} with an error above "
        f"{parameters.unreliable_factor:g} times the median.",
    )
    return FlatProduct(flat, err, missing, unreliable, lines)
