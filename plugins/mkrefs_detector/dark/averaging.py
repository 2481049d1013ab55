"""Averages a stack of ramps: ordinary pixels many at a time, the others one by one."""

from concurrent.futures import ThreadPoolExecutor

import numba
import numpy as np
from numpy.typing import NDArray

from mkrefs_detector.dark.blocks import Stack
from mkrefs_detector.dark.kernels import IMAGES, average_ramps
from mkrefs_detector.dark.levels import look_at_ramps
from mkrefs_detector.dark.quick import average_ordinary
from mkrefs_detector.dark.recipe import Recipe

Averages = tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.int32], NDArray[np.float64]]

# Pixels whose ramps stay in near memory for the second loop.
_CHUNK = 2048


def average_stack(stack: Stack, recipe: Recipe, nout: int, *, quick: bool = True) -> Averages:
    """Average the ramps of each pixel.

    Parameters
    ----------
    stack : Stack
        The ramps.
    recipe : Recipe
        How.
    nout : int
        Groups of the mean ramp: those of the ramps, or any number for a line.
    quick : bool
        Whether ordinary pixels are done many at a time; the result is the same but for rounding.

    Returns
    -------
    ramp, variance : ndarray of float32, shape (nout, npixels)
        Mean ramp in DN and the variance of the mean; NaN where nothing was measured.
    number : ndarray of int32, shape (ngroups, npixels)
        Contributions to each group.
    images : ndarray of float64, shape (IMAGES, npixels)
        What the constants of `mkrefs_detector.dark.kernels` name.
    """
    count, ngroups, npixels = stack.values.shape
    ramp, variance = np.empty((nout, npixels), np.float32), np.empty((nout, npixels), np.float32)
    number, images = np.empty((ngroups, npixels), np.int32), np.empty((IMAGES, npixels))
    rest = np.bitwise_or.reduce(stack.flags, axis=(0, 1)) != 0
    ordinary = quick and count > 1 and not recipe.line
    if not ordinary:
        rest[:] = True

    def do(start: int) -> None:
        span = start, min(start + _CHUNK, npixels)
        if ordinary:
            average_ordinary(stack.values, span, recipe.tables, ramp, variance, number, images, rest)
        pixels = start + np.flatnonzero(rest[slice(*span)])
        ramps = stack.values, stack.flags, stack.masked, stack.meaning
        average_ramps(*ramps, pixels, recipe.tables, recipe.line, ramp, variance, number, images)

    with ThreadPoolExecutor(numba.get_num_threads()) as pool:
        for _ in pool.map(do, range(0, npixels, _CHUNK)):
            pass
    return ramp, variance, number, images


def stack_states(stack: Stack) -> NDArray[np.uint8]:
    """Tell which groups count: UNHIT and STEP of `mkrefs_detector.dark.sorting`, shaped as the stack."""
    states = np.empty(stack.flags.shape, dtype=np.uint8)
    look_at_ramps(stack.values, stack.flags, stack.masked, stack.meaning, states)
    return states
