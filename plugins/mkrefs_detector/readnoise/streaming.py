"""Measure ramps in blocks of rows, so that memory stays bounded whatever their number and length.

Ramps are anything that gives its shape and blocks of rows; nothing here knows of files or headers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import GROUP_DQ, RampRows, UserError
from mkrefs.stacks import in_row_blocks, threads_given
from mkrefs_detector.readnoise.estimator import estimate, prepare_estimator
from mkrefs_detector.readnoise.kernels import write_differences
from mkrefs_detector.readnoise.layout import DifferenceLayout, difference_groups, layout_differences
from mkrefs_detector.readnoise.settings import NoiseSettings

_BAD_GROUP = np.uint8(GROUP_DQ["DO_NOT_USE"] | GROUP_DQ["SATURATED"])
_BAD_STEP = np.uint8(GROUP_DQ["JUMP_DET"])
# Below this threshold the factor for the samples rejected is off by more than a few percent.
_LEAST_SIGMA = 2.0
# Fewer rows than asked for are held when the differences of all threads would need more than this.
_STACK_BYTES = 1 << 28
# Differences of a tile of pixels stay in the cache of a core.
_TILE_BYTES = 1 << 18
_MOST_PIXELS = 1024
_LANES = 64


class RowSource(Protocol):
    """What is needed of a ramp; `mkrefs.api.Ramp` has it."""

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """Shape (nints, ngroups, nrows, ncols)."""

    def rows(self, start: int, stop: int) -> RampRows:
        """Read rows ``start`` up to, not including, ``stop``."""


@dataclass(frozen=True, slots=True)
class NoiseMap:
    """The CDS noise of each pixel.

    Attributes
    ----------
    noise : ndarray of float32, shape (nrows, ncols)
        CDS noise of single frames in the unit of the ramps; NaN where it cannot be measured.
    dof : ndarray of float32, shape (nrows, ncols)
        Effective degrees of freedom; 0 where the noise cannot be measured.
    err : ndarray of float32, shape (nrows, ncols)
        Standard error of the noise; NaN where it cannot be measured.
    """

    noise: NDArray[np.float32]
    dof: NDArray[np.float32]
    err: NDArray[np.float32]


def measure_ramps(
    ramps: Sequence[RowSource], settings: NoiseSettings, *, nframes: int, nproc: int, slice_width: int
) -> NoiseMap:
    """Measure the CDS noise of each pixel from ramps of one array size.

    Parameters
    ----------
    ramps : sequence of RowSource
        The ramps; numbers of integrations and groups may differ.
    settings : NoiseSettings
        The choices made.
    nframes : int
        Frames averaged into each group; the noise of single frames is sqrt(nframes) times that of groups.
    nproc : int
        Threads that read and compute, each with a block of rows of its own.
    slice_width : int
        Largest number of rows that a thread holds in memory at a time; the result does not depend on it.

    Returns
    -------
    NoiseMap

    Raises
    ------
    mkrefs.api.UserError
        If all ramps together give fewer differences than a scatter needs, or the threshold is too low for
        the correction.
    """
    nrows, ncols = ramps[0].shape[2:]
    layout = layout_differences([ramp.shape[:2] for ramp in ramps], settings.differences)
    _check_threshold(settings)
    _check_enough(layout, settings)
    estimator = prepare_estimator(layout, settings)
    noise, dof, err = np.empty((3, nrows, ncols), dtype=np.float32)

    def work(start: int, stop: int) -> None:
        stack = _stack_rows(ramps, start, stop, layout, settings)
        measured = estimate(stack, estimator, (stop - start) * ncols)
        scales = np.sqrt(nframes), 1.0, np.sqrt(nframes)
        for image, values, scale in zip((noise, dof, err), measured, scales, strict=True):
            np.multiply(values.reshape(-1, ncols), np.float32(scale), out=image[start:stop])

    threads = min(nproc, threads_given())
    rows = max(1, min(slice_width, _STACK_BYTES // (4 * layout.size * ncols * threads)))
    in_row_blocks(work, nrows, rows, threads)
    return NoiseMap(noise, dof, err)


def _check_threshold(settings: NoiseSettings) -> None:
    rejects = settings.max_clipping_iters > 0
    if settings.bias_correction and rejects and settings.clipping_sigma < _LEAST_SIGMA:
        raise UserError(
            f"readnoise: clipping_sigma is {settings.clipping_sigma:g}, but the bias of a clip below "
            f"{_LEAST_SIGMA:g} sigma cannot be corrected: give {_LEAST_SIGMA:g} or more, or set "
            "bias_correction to false."
        )


def _check_enough(layout: DifferenceLayout, settings: NoiseSettings) -> None:
    shared = int(np.count_nonzero(layout.joined))
    per_ramp = int(np.bincount(layout.ramp).max(initial=0))
    found = {"stack": layout.size, "ramp": per_ramp, "fit": min(layout.size, shared + 1)}[settings.method]
    if found < 2:
        raise UserError(
            f"readnoise: the inputs give {layout.size} {settings.differences} group differences, too few for "
            f"method '{settings.method}': two are needed at least; give more exposures or more groups."
        )


def _stack_rows(
    ramps: Sequence[RowSource], start: int, stop: int, layout: DifferenceLayout, settings: NoiseSettings
) -> NDArray[np.float32]:
    """Read a block of rows of every ramp and write all its differences, tile by tile."""
    npixels = (stop - start) * ramps[0].shape[3]
    tile = _tile_width(layout.size)
    stack = np.empty((-(-npixels // tile), layout.size, tile), dtype=np.float32)
    first = 0
    for ramp in ramps:
        nints, ngroups = ramp.shape[:2]
        block = ramp.rows(start, stop)
        earlier, later = difference_groups(ngroups, settings.differences)
        write_differences(
            _read_only(block.science, np.dtype(np.float32)).reshape(nints, ngroups, npixels),
            _read_only(block.group_dq, np.dtype(np.uint8)).reshape(nints, ngroups, npixels),
            earlier,
            later,
            _BAD_GROUP,
            _BAD_STEP,
            first,
            stack,
        )
        first += nints * earlier.size
    return stack


def _tile_width(size: int) -> int:
    """Give how many pixels with so many differences each fit into the processor's cache."""
    return int(np.clip(_TILE_BYTES // (4 * size) // _LANES * _LANES, _LANES, _MOST_PIXELS))


def _read_only(array: NDArray[Any], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Give a read-only view in the machine's byte order, so that one compiled kernel serves all inputs."""
    view = np.ascontiguousarray(array, dtype=dtype)[...]
    view.flags.writeable = False
    return view
