"""Measure ramps in blocks of rows, so that memory stays bounded whatever their number and length.

Ramps are anything that gives its shape and blocks of rows; nothing here knows of files or headers.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import numba
import numpy as np
from numpy.typing import NDArray

from mkrefs.api import GROUP_DQ, RampRows, UserError
from mkrefs_detector.readnoise.estimator import estimate, prepare_estimator
from mkrefs_detector.readnoise.kernels import write_differences
from mkrefs_detector.readnoise.layout import DifferenceLayout, difference_groups, layout_differences
from mkrefs_detector.readnoise.settings import NoiseSettings
from mkrefs_detector.statistics.corrections import c4

_BAD_GROUP = np.uint8(GROUP_DQ["DO_NOT_USE"] | GROUP_DQ["SATURATED"])
_BAD_STEP = np.uint8(GROUP_DQ["JUMP_DET"])
_NUMBA_CONFIG: Any = numba.config
# Below this threshold the factor for the samples rejected is off by more than a few percent.
_LEAST_SIGMA = 2.0
# Fewer rows than asked for are held when their differences would need more than this.
_STACK_BYTES = 1 << 30


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
    """

    noise: NDArray[np.float32]
    dof: NDArray[np.float32]

    @property
    def err(self) -> NDArray[np.float32]:
        """Standard error of the noise; NaN where it cannot be measured."""
        measured = self.dof > 0
        err = np.full(self.noise.shape, np.nan, dtype=np.float32)
        err[measured] = self.noise[measured] * np.sqrt(1 / c4(self.dof[measured]) ** 2 - 1)
        return err


@contextmanager
def kernel_threads(count: int) -> Iterator[None]:
    """Let the kernels use up to ``count`` threads, and restore the number afterwards."""
    before = numba.get_num_threads()
    numba.set_num_threads(max(1, min(count, _NUMBA_CONFIG.NUMBA_NUM_THREADS)))
    try:
        yield
    finally:
        numba.set_num_threads(before)


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
        Threads used by the kernels.
    slice_width : int
        Largest number of rows held in memory at a time; the result does not depend on it.

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
    rows = max(1, min(slice_width, _STACK_BYTES // (4 * layout.size * ncols)))
    noise = np.empty((nrows, ncols), dtype=np.float32)
    dof = np.empty((nrows, ncols), dtype=np.float32)
    with kernel_threads(nproc):
        for start in range(0, nrows, rows):
            stop = min(start + rows, nrows)
            stack = _stack_rows(ramps, start, stop, layout, settings)
            values, freedom = estimate(stack, estimator)
            noise[start:stop] = (values * np.sqrt(nframes)).reshape(stop - start, ncols)
            dof[start:stop] = freedom.reshape(stop - start, ncols)
    return NoiseMap(noise, dof)


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
    """Read a block of rows of every ramp and write all its differences, one after the other."""
    ncols = ramps[0].shape[3]
    stack = np.empty((layout.size, (stop - start) * ncols), dtype=np.float32)
    first = 0
    for ramp in ramps:
        block = ramp.rows(start, stop)
        earlier, later = difference_groups(ramp.shape[1], settings.differences)
        count = ramp.shape[0] * earlier.size
        write_differences(
            _read_only(block.science, np.dtype(np.float32)),
            _read_only(block.group_dq, np.dtype(np.uint8)),
            earlier,
            later,
            _BAD_GROUP,
            _BAD_STEP,
            stack[first : first + count],
        )
        first += count
    return stack


def _read_only(array: NDArray[np.generic], dtype: np.dtype[np.generic]) -> NDArray[np.generic]:
    """Give a read-only view in the machine's byte order, so that one compiled kernel serves all inputs."""
    view = np.asarray(array, dtype=dtype)[...]
    view.flags.writeable = False
    return view
