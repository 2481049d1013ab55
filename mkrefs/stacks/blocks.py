"""Chunks of the pixels of a stack: copied into near memory, and worked on in threads."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mkrefs.stacks.threads import side_by_side

# Samples of a chunk that stay in near memory, and limits of its width in pixels.
_SAMPLES, _NARROWEST, _WIDEST = 1 << 18, 64, 8192
# A thread takes so many chunks in a row.
_AT_ONCE = 16


def in_chunks(work: Callable[[int, int], None], shape: tuple[int, ...], threads: int | None) -> None:
    """Do something with every chunk of the pixels of a stack.

    Parameters
    ----------
    work : callable
        Called with the first pixel of a chunk and the one behind its last.
    shape : tuple of int
        Of the stack: samples first, and what is left is pixels.
    threads : int or None
        How many to use; None for as many as numba may.
    """
    npixels = math.prod(shape[1:])
    width = min(max(_SAMPLES // max(shape[0], 1) // _NARROWEST * _NARROWEST, _NARROWEST), _WIDEST)
    together = width * _AT_ONCE
    starts = range(0, npixels, together)

    def run(first: int) -> None:
        for start in range(first, min(first + together, npixels), width):
            work(start, min(start + width, npixels))

    side_by_side(run, starts, threads)


def precision_of(stack: NDArray[Any]) -> np.dtype[Any]:
    """Give the type in which a stack is worked on: float32 if that holds all of it, or else float64."""
    return np.result_type(stack.dtype, np.float32)


def block_of(stack: NDArray[Any], start: int, stop: int, dtype: Any) -> NDArray[Any]:
    """Copy a chunk of the pixels of a stack: (nsamples, stop - start), in C order and the type asked for.

    The pixels are counted in C order whatever the strides are; the stack itself is not copied.
    """
    nsamples, shape = stack.shape[0], stack.shape[1:]
    out = np.empty((nsamples, stop - start), dtype)
    with np.errstate(over="ignore"):
        if len(shape) < 2 or stack[0].flags.c_contiguous:
            np.copyto(out, stack.reshape(nsamples, math.prod(shape))[:, start:stop], casting="unsafe")
            return out
        place = start
        while place < stop:
            line, first = divmod(place, shape[-1])
            last = min(first + stop - place, shape[-1])
            pixels = stack[(slice(None), *np.unravel_index(line, shape[:-1]), slice(first, last))]
            np.copyto(out[:, place - start : place - start + last - first], pixels, casting="unsafe")
            place += last - first
    return out
