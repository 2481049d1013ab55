"""Weighted mean of a stack and its propagated error, pixel by pixel."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mkrefs.errors import UserError
from mkrefs.stacks.blocks import block_of, in_chunks, precision_of

_NONE = np.empty((0, 0))


@dataclass(frozen=True, slots=True)
class WeightedStack:
    """The weighted mean of a stack.

    Attributes
    ----------
    mean : ndarray of the precision of the stack, shape (...)
        Weighted mean; NaN where nothing counts.
    error : ndarray, same shape
        Its standard error by those of the samples, if these are independent; 0 if none were given.
    used : ndarray of uint8, shape (nsamples, ...)
        1 for the samples in the mean, 0 for the others.
    """

    mean: NDArray[np.floating]
    error: NDArray[np.floating]
    used: NDArray[np.uint8]


def weighted_stack(
    stack: NDArray[np.floating],
    weights: NDArray[np.floating] | None = None,
    errors: NDArray[np.floating] | None = None,
    *,
    mask: NDArray[np.bool_] | NDArray[np.uint8] | None = None,
    lowest: NDArray[np.floating] | None = None,
    highest: NDArray[np.floating] | None = None,
    threads: int | None = None,
) -> WeightedStack:
    """Average a stack along its first axis with weights.

    Parameters
    ----------
    stack : ndarray of float, shape (nsamples, ...)
        What is not finite does not count. Types as for `mkrefs.stacks.clip_stack`.
    weights : ndarray of float or None
        Weights, of a shape that fits the stack; those count that are finite and above 0. None for equal ones.
    errors : ndarray of float or None
        Standard errors of the samples, of a shape that fits the stack.
    mask : ndarray of bool or uint8, or None
        Samples that do not count, of a shape that fits the stack.
    lowest, highest : ndarray of float or None, shape (...)
        Limits of what counts, both included, as `mkrefs.stacks.clip_stack` gives them.
    threads : int or None
        How many to use; None for as many as numba may.

    Returns
    -------
    WeightedStack
        The same for any number of threads.

    Raises
    ------
    UserError
        If a shape does not fit the stack.

    Examples
    --------
    >>> import numpy as np
    >>> found = weighted_stack(np.array([[1.0], [4.0]]), np.array([[2.0], [1.0]]), np.array([[1.0], [2.0]]))
    >>> found.mean.item(), round(found.error.item(), 4)
    (2.0, 0.9428)
    """
    from mkrefs.stacks.clip_kernels import leave_out
    from mkrefs.stacks.weight_kernels import weigh_block

    stack = np.asarray(stack)
    kind = precision_of(stack)
    shape, npixels = stack.shape[1:], int(np.prod(stack.shape[1:]))
    each = _fitting({"weights": weights, "errors": errors, "mask": mask}, stack.shape)
    limits = _fitting({"lowest": lowest, "highest": highest}, shape)
    mean, error = np.empty(npixels, kind), np.empty(npixels, kind)
    used = np.empty((stack.shape[0], npixels), np.uint8)

    def weigh(start: int, stop: int) -> None:
        values = block_of(stack, start, stop, kind)
        values[np.isinf(values)] = np.nan
        if "mask" in each:
            leave_out(values, block_of(each["mask"], start, stop, np.uint8))
        weight = block_of(each["weights"], start, stop, np.float64) if "weights" in each else _NONE
        own = block_of(each["errors"], start, stop, kind) if "errors" in each else _NONE.astype(kind)
        low, high = (
            block_of(limits[name][None], start, stop, kind)[0]
            if name in limits
            else np.full(stop - start, beyond, kind)
            for name, beyond in (("lowest", -np.inf), ("highest", np.inf))
        )
        here = np.empty(values.shape, np.uint8)
        weigh_block(values, weight, own, low, high, mean[start:stop], error[start:stop], here)
        used[:, start:stop] = here

    in_chunks(weigh, stack.shape, threads)
    return WeightedStack(mean.reshape(shape), error.reshape(shape), used.reshape(stack.shape))


def _fitting(arrays: dict[str, Any], shape: tuple[int, ...]) -> dict[str, NDArray[Any]]:
    """Give the arrays that there are the shape wanted."""
    fitting: dict[str, NDArray[Any]] = {}
    for name, array in arrays.items():
        if array is None:
            continue
        try:
            fitting[name] = np.broadcast_to(array, shape)
        except ValueError:
            raise UserError(
                f"weighted_stack: {name} has the shape {np.shape(array)}, which does not fit {shape}."
            ) from None
    return fitting
