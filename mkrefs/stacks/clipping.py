"""Sigma-clipped mean, error, scatter and median of a stack, pixel by pixel."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mkrefs.errors import UserError
from mkrefs.stacks.blocks import block_of, in_chunks, precision_of

# Mean, error, scatter, lowest and highest value.
_VALUES = 5
_UNTIL_DONE = 1 << 30


@dataclass(frozen=True, slots=True)
class ClippedStack:
    """What clipping leaves of a stack.

    Attributes
    ----------
    mean : ndarray of the precision of the stack, shape (...)
        Mean of the samples kept; NaN without any.
    error : ndarray, same shape
        Standard error of the mean, by the scatter of the samples; NaN with fewer than two.
    scatter : ndarray, same shape
        Standard deviation of the samples about their mean (with the number, not one less, below it).
    count : ndarray of int32, same shape
        Samples kept.
    lowest, highest : ndarray, same shape
        Extremes of the samples kept: a sample that was not masked was kept if it lies within them.
    median : ndarray or None, same shape
        Median of the samples kept, if it was asked for.
    """

    mean: NDArray[np.floating]
    error: NDArray[np.floating]
    scatter: NDArray[np.floating]
    count: NDArray[np.int32]
    lowest: NDArray[np.floating]
    highest: NDArray[np.floating]
    median: NDArray[np.floating] | None


def clip_stack(
    stack: NDArray[np.floating],
    mask: NDArray[np.bool_] | NDArray[np.uint8] | None = None,
    *,
    sigma: float | NDArray[np.floating] = 3.0,
    iterations: int | None = 5,
    about: Literal["median", "mean"] = "median",
    median: bool = False,
    threads: int | None = None,
) -> ClippedStack:
    """Average a stack along its first axis without outliers.

    The samples kept are those of ``astropy.stats.sigma_clip``: in each pass the limits are taken from the
    samples within the last ones, until nothing changes; in the end all samples count that lie within the last
    limits. Distances beyond ``sigma`` standard deviations are outliers. In one pass sums and extremes are
    collected; where these prove that nothing can be rejected the pixel is done. The others are sorted.

    Parameters
    ----------
    stack : ndarray of float32, shape (nsamples, ...)
        What is not finite is left aside. Other byte orders, strides and types are converted in small blocks:
        what float32 can hold to that, and the rest to float64, which the result then is of.
    mask : ndarray of bool or uint8, or None
        Samples that are left aside, of a shape that fits the stack.
    sigma : float or ndarray of float, shape (nsamples + 1,)
        Threshold in standard deviations; or one for each number of samples.
    iterations : int or None
        Largest number of passes; 0 for no clipping, None for as many as it takes.
    about : {"median", "mean"}
        What distances are taken from.
    median : bool
        Whether to give the median too, which takes longer.
    threads : int or None
        How many to use; None for as many as numba may.

    Returns
    -------
    ClippedStack
        The same for any number of threads.

    Raises
    ------
    UserError
        If the stack is empty, or shapes or numbers make no sense.

    Examples
    --------
    >>> import numpy as np
    >>> stack = np.array([[1.0], [2.0], [3.0], [2.0], [2.0], [99.0]], np.float32)
    >>> found = clip_stack(stack, sigma=2.0)
    >>> found.mean.item(), found.count.item()
    (2.0, 3)
    """
    from mkrefs.stacks.clip_kernels import clip_block, leave_out

    stack = np.asarray(stack)
    limits = _thresholds(stack, sigma, iterations, about)
    hidden = None if mask is None else _fitting(np.asarray(mask), stack.shape)
    npixels = int(np.prod(stack.shape[1:]))
    kind = precision_of(stack)
    values = np.empty((_VALUES, npixels), kind)
    middle = np.empty(npixels if median else 0, kind)
    count = np.empty(npixels, np.int32)
    passes = _UNTIL_DONE if iterations is None else int(iterations)

    def clip(start: int, stop: int) -> None:
        block = block_of(stack, start, stop, kind)
        if hidden is not None:
            leave_out(block, block_of(hidden, start, stop, np.uint8))
        out = tuple(row[start:stop] for row in values)
        here = slice(start, stop)
        clip_block(block, limits, passes, about == "median", out, middle[here], count[here])

    in_chunks(clip, stack.shape, threads)
    shape = stack.shape[1:]
    mean, error, scatter, lowest, highest = (row.reshape(shape) for row in values)
    medians = middle.reshape(shape) if median else None
    return ClippedStack(mean, error, scatter, count.reshape(shape), lowest, highest, medians)


def _thresholds(
    stack: NDArray[np.generic], sigma: float | NDArray[np.floating], iterations: int | None, about: str
) -> NDArray[np.float64]:
    """Give the threshold by number of samples; refuse what makes no sense."""
    if stack.ndim == 0 or stack.shape[0] == 0:
        raise UserError(f"clip_stack: a stack of the shape {stack.shape} has no samples; give one at least.")
    if about not in ("median", "mean"):
        raise UserError(f"clip_stack: about is {about!r}, and has to be 'median' or 'mean'.")
    limits = np.array(sigma, dtype=np.float64)
    if limits.ndim == 0:
        limits = np.full(stack.shape[0] + 1, float(limits))
    if limits.shape != (stack.shape[0] + 1,) or not (limits >= 0).all():
        raise UserError(
            f"clip_stack: sigma has to be a number, or {stack.shape[0] + 1} of them for a stack of "
            f"{stack.shape[0]} samples, none below 0."
        )
    if iterations is not None and iterations < 0:
        raise UserError(f"clip_stack: iterations is {iterations}; give 0 or more, or None.")
    return limits


def _fitting(mask: NDArray[np.generic], shape: tuple[int, ...]) -> NDArray[np.generic]:
    """Give a mask the shape of the stack."""
    try:
        return np.broadcast_to(mask != 0 if mask.dtype.kind not in "bu" else mask, shape)
    except ValueError:
        raise UserError(
            f"clip_stack: the mask has the shape {mask.shape}, which does not fit the stack's {shape}."
        ) from None
