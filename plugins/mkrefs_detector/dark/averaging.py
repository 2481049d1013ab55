"""Averages a stack of ramps: ordinary pixels first, and then those of which some differences do not count."""

import numpy as np
from numpy.typing import NDArray

from mkrefs.stacks import in_row_blocks
from mkrefs_detector.dark.blocks import Stack
from mkrefs_detector.dark.first_levels import ROWS, average_first_levels
from mkrefs_detector.dark.quick import average_ordinary
from mkrefs_detector.dark.recipe import IMAGES, Recipe
from mkrefs_detector.dark.sorting import take_ramps
from mkrefs_detector.dark.tiles import average_tiles

Averages = tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.unsignedinteger], NDArray[np.float32]]

# Values of the ramps of a chunk, which stay in near memory for the second loop, and pixels of it.
_NEAR, _LEAST, _MOST = 1 << 17, 512, 2048


def average_into(
    stack: Stack,
    recipe: Recipe,
    place: int,
    ramp: NDArray[np.float32],
    error: NDArray[np.float32],
    number: NDArray[np.unsignedinteger],
    *,
    quick: bool = True,
    threads: int | None = 1,
) -> NDArray[np.float32]:
    """Average the ramps of each pixel into a part of larger arrays.

    Parameters
    ----------
    stack : Stack
        The ramps.
    recipe : Recipe
        How.
    place : int
        Where the first pixel of the stack is in what is filled.
    ramp, error : ndarray of float32, shape (nout, nall)
        Filled with the mean ramp in DN and its standard error; NaN where nothing was measured. A line may
        have any number of groups.
    number : ndarray of unsigned int, shape (ngroups, nall)
        Filled with the contributions to each group.
    quick : bool
        Whether ordinary pixels are done apart; the result is the same but for rounding.
    threads : int or None
        As for `mkrefs_detector.row_blocks.in_row_blocks`.

    Returns
    -------
    ndarray of float32, shape (IMAGES, npixels)
        What the constants of `mkrefs_detector.dark.recipe` name.
    """
    count, ngroups, npixels = stack.values.shape
    images = np.empty((IMAGES, npixels), dtype=np.float32)
    filled = place, ramp, error, number, images
    ordinary = quick and count > 1 and not recipe.line
    rest = np.bitwise_or.reduce(stack.flags, axis=(0, 1)) != 0 if ordinary else np.ones(npixels, np.bool_)

    def average_pixels(start: int, stop: int) -> None:
        if ordinary:
            average_ordinary(stack.values, (start, stop), recipe.tables, *filled, rest)
        pixels = start + np.flatnonzero(rest[start:stop])
        if pixels.size:
            ramps, states = _take(stack, pixels)
            counts, levels = np.empty((count, pixels.size), np.float32), np.empty((ROWS, pixels.size))
            average_first_levels(ramps, states, recipe.tables, counts, levels)
            average_tiles(ramps, states, levels, counts, pixels, recipe.tables, recipe.line, *filled)

    size = max(_LEAST, min(_MOST, _NEAR // (count * ngroups)))
    in_row_blocks(average_pixels, npixels, size, threads)
    return images


def average_stack(
    stack: Stack, recipe: Recipe, nout: int, *, quick: bool = True, threads: int | None = None
) -> Averages:
    """Average the ramps of each pixel.

    Parameters
    ----------
    stack, recipe, quick, threads
        As for `average_into`.
    nout : int
        Groups of the mean ramp: those of the ramps, or any number for a line.

    Returns
    -------
    ramp, error : ndarray of float32, shape (nout, npixels)
        Mean ramp in DN and its standard error.
    number : ndarray of unsigned int, shape (ngroups, npixels)
        Contributions to each group.
    images : ndarray of float32, shape (IMAGES, npixels)
        What the constants of `mkrefs_detector.dark.recipe` name.
    """
    count, ngroups, npixels = stack.values.shape
    ramp, error = np.empty((nout, npixels), np.float32), np.empty((nout, npixels), np.float32)
    number = np.empty((ngroups, npixels), counting_type(count))
    images = average_into(stack, recipe, 0, ramp, error, number, quick=quick, threads=threads)
    return ramp, error, number, images


def counting_type(count: int) -> type[np.unsignedinteger]:
    """Give the smallest type that holds numbers of so many integrations."""
    return np.uint8 if count < 1 << 8 else np.uint16


def stack_states(stack: Stack) -> NDArray[np.uint8]:
    """Tell which groups count: UNHIT and STEP of `mkrefs_detector.dark.sorting`, shaped as the stack."""
    return _take(stack, np.arange(stack.values.shape[2]))[1]


def _take(stack: Stack, pixels: NDArray[np.intp]) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
    shape = (*stack.values.shape[:2], pixels.size)
    ramps, states = np.empty(shape, dtype=np.float32), np.empty(shape, dtype=np.uint8)
    take_ramps(stack.values, stack.flags, stack.masked, stack.meaning, pixels, ramps, states)
    return ramps, states
