"""From a measured map to what the file holds: errors, flags, gaps filled, and HISTORY."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import UserError
from mkrefs_detector.statistics.medians import median_of
from mkrefs_detector.superbias.channels import Channels
from mkrefs_detector.superbias.error import mean_error, share_scatter
from mkrefs_detector.superbias.filling import channel_medians, fill_pixels
from mkrefs_detector.superbias.streaming import BiasMap
from mkrefs_detector.superbias.unreliable import Threshold, few_samples, find_threshold

if TYPE_CHECKING:
    from mkrefs_detector.superbias.parameters import SuperbiasParameters


@dataclass(frozen=True, slots=True)
class BiasProduct:
    """The images of a superbias file.

    Attributes
    ----------
    bias, err : ndarray of float32, shape (nrows, ncols)
        Bias, finite everywhere, and its error, NaN without a sample; DN.
    own_error : ndarray of float32, same shape
        The error from each pixel's own samples, which is compared with the threshold.
    unreliable : ndarray of bool, same shape
        Pixels to flag.
    threshold : Threshold
        Of ``own_error``.
    history : tuple of str
        What came out.
    """

    bias: NDArray[np.float32]
    err: NDArray[np.float32]
    own_error: NDArray[np.float32]
    unreliable: NDArray[np.bool_]
    threshold: Threshold
    history: tuple[str, ...]


def make_product(
    measured: BiasMap,
    parameters: "SuperbiasParameters",
    *,
    channels: Channels,
    reference: NDArray[np.bool_],
) -> BiasProduct:
    """Give errors and flags to a measured bias, and fill its gaps.

    Parameters
    ----------
    measured : BiasMap
        Mean, scatter and number of samples of each pixel.
    parameters : SuperbiasParameters
        What the section of the label sets.
    channels : Channels
        Amplifiers, with even and odd columns.
    reference : ndarray of bool, shape (nrows, ncols)
        Reference pixels.

    Returns
    -------
    BiasProduct

    Raises
    ------
    mkrefs.api.UserError
        If more than half of the pixels have no sample.
    """
    missing = measured.count == 0
    _check_gaps(missing)
    own, err = _errors(measured, parameters, reference)
    threshold = find_threshold(
        own,
        ~reference,
        sigma=parameters.bad_clipping_sigma,
        iterations=parameters.bad_max_clipping_iters,
        above=parameters.bad_sigma_threshold,
    )
    few = few_samples(measured.count, measured.size)
    high = (own > threshold.value) & ~few
    unreliable = few | high
    bias = _filled(measured.mean, missing, ~unreliable, channels, reference, parameters.box_width)
    history = _history(threshold, high=high, few=few, missing=missing, err=err)
    return BiasProduct(bias, err, own, unreliable, threshold, history)


def fill_unreliable(
    product: BiasProduct,
    parameters: "SuperbiasParameters",
    *,
    channels: Channels,
    reference: NDArray[np.bool_],
) -> tuple[NDArray[np.float32], str]:
    """Replace unreliable pixels, and those of a high bias, by values smoothed over their neighbours.

    A bias is high if it is as far above the others as an error must be to be unreliable; the levels of
    the channels do not count.

    Parameters
    ----------
    product : BiasProduct
        The bias and its flags.
    parameters : SuperbiasParameters
        What the section of the label sets.
    channels, reference
        As for `make_product`.

    Returns
    -------
    ndarray of float32, shape (nrows, ncols)
        The filled bias.
    str
        What was done, for HISTORY.
    """
    light = ~reference
    relative = product.bias - channel_medians(product.bias, light & ~product.unreliable, channels)
    threshold = find_threshold(
        relative,
        light & ~product.unreliable,
        sigma=parameters.bad_clipping_sigma,
        iterations=parameters.bad_max_clipping_iters,
        above=parameters.bad_sigma_threshold,
    )
    high = light & (relative > threshold.value)
    wanted = product.unreliable | high
    filled = _filled(product.bias, wanted, ~wanted, channels, reference, parameters.box_width)
    line = (
        f"FILLED: {int(np.count_nonzero(product.unreliable))} unreliable pixels and "
        f"{int(np.count_nonzero(high & ~product.unreliable))} others, more than {threshold.value:.4g} DN "
        f"above their channel, are replaced by means over boxes of {parameters.box_width} pixels."
    )
    return filled, line


def _check_gaps(missing: NDArray[np.bool_]) -> None:
    gaps = int(np.count_nonzero(missing))
    if 2 * gaps > missing.size:
        raise UserError(
            f"superbias: {gaps} of {missing.size} pixels have no first group that can be used; at most half "
            "may be without: give more exposures, or look at the GROUPDQ of the inputs."
        )


def _errors(
    measured: BiasMap, parameters: "SuperbiasParameters", reference: NDArray[np.bool_]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Give the error by each pixel's own samples, and the one that the file holds."""
    scatter, count = measured.scatter, measured.count
    if parameters.error == "scatter":
        return scatter, scatter
    clips = parameters.bias_correction and parameters.max_clipping_iters > 0
    clipped_at = parameters.clipping_sigma if clips else None
    own = mean_error(scatter, count, clipped_at=clipped_at)
    if not parameters.share_scatter:
        return own, own
    shared = share_scatter(scatter, count, (~reference, reference))
    return own, mean_error(shared, count, clipped_at=clipped_at)


def _filled(
    image: NDArray[np.float32],
    wanted: NDArray[np.bool_],
    good: NDArray[np.bool_],
    channels: Channels,
    reference: NDArray[np.bool_],
    box_width: int,
) -> NDArray[np.float32]:
    """Fill light-sensitive pixels from light-sensitive ones, and reference pixels from reference pixels."""
    filled = image
    for kind in (~reference, reference):
        if (wanted & kind).any():
            filled = fill_pixels(filled, wanted & kind, good & kind, channels, box_width=box_width)
    return filled


def _history(
    threshold: Threshold,
    *,
    high: NDArray[np.bool_],
    few: NDArray[np.bool_],
    missing: NDArray[np.bool_],
    err: NDArray[np.float32],
) -> tuple[str, ...]:
    known = err[~np.isnan(err)]
    median = median_of(known) if known.size else float("nan")
    lines = [
        f"Median error: {median:.4g} DN.",
        f"UNRELIABLE_BIAS: {int(high.sum())} pixels with an own error above {threshold.value:.4g} DN (mean "
        f"{threshold.mean:.4g}, deviation {threshold.deviation:.3g}), {int(few.sum())} with too few samples.",
    ]
    if missing.any():
        lines.append(
            f"{int(missing.sum())} pixels have no sample: they hold the mean or median of their neighbours, "
            "with NSAMPLES 0 and ERR NaN."
        )
    return tuple(lines)
