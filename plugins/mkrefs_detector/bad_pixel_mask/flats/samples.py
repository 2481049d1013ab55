"""Reads flats in blocks of rows: one sample of each pixel for each integration, with what spoils it.

A sample is a slope in DN/s, or the signal of one group; nothing here knows of classes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import GROUP_DQ, PIXEL_DQ, Images, Ramp
from mkrefs_detector.bad_pixel_mask.flats.settings import Signal
from mkrefs_detector.bad_pixel_mask.search import BoolMap

_TENTH = 9
_SATURATED, _FLOOR = np.uint8(GROUP_DQ["SATURATED"]), np.uint8(GROUP_DQ["AD_FLOOR"])
_SPOILT = np.uint8(
    GROUP_DQ["SATURATED"] | GROUP_DQ["AD_FLOOR"] | GROUP_DQ["JUMP_DET"] | GROUP_DQ["DO_NOT_USE"]
)
_NO_SLOPE = np.uint32(PIXEL_DQ["DO_NOT_USE"])
_CUT = np.uint32(PIXEL_DQ["SATURATED"])


@dataclass(frozen=True, slots=True)
class SampleRows:
    """The samples of a block of rows; all arrays have the shape (nsamples, nrows, ncols).

    Attributes
    ----------
    start, stop : int
        The rows.
    values, errors : ndarray of float32
        Samples and their standard errors, of one unit; NaN where there is none.
    saturated : ndarray of bool
        Saturated from the first group on: the pixel gets light, or charge, and has no slope.
    """

    start: int
    stop: int
    values: NDArray[np.float32]
    errors: NDArray[np.float32]
    saturated: BoolMap


def count_integrations(ramps: Sequence[Ramp]) -> int:
    """Give the number of samples of a pixel: the integrations of all ramps."""
    return sum(ramp.shape[0] for ramp in ramps)


def integration_names(ramps: Sequence[Ramp]) -> tuple[str, ...]:
    """Name the integrations, in the order of the samples."""
    return tuple(
        f"{ramp.name}, integration {number + 1}" if ramp.shape[0] > 1 else ramp.name
        for ramp in ramps
        for number in range(ramp.shape[0])
    )


def read_samples(ramps: Sequence[Ramp], signal: Signal, start: int, stop: int) -> SampleRows:
    """Read the samples of all integrations of a block of rows.

    Parameters
    ----------
    ramps : sequence of Ramp
        Flats of one array size, in the state after ``jump``; with slopes for ``signal`` "slope".
    signal : str
        ``slope`` or ``tenth_group``.
    start, stop : int
        The rows.

    Returns
    -------
    SampleRows
        Pixels at the lowest number of the converter in the first group, and without a slope, count as dark:
        their sample is 0.
    """
    shape = (count_integrations(ramps), stop - start, ramps[0].shape[3])
    values = np.full(shape, np.nan, dtype=np.float32)
    errors = np.full(shape, np.nan, dtype=np.float32)
    saturated = np.zeros(shape, dtype=np.bool_)
    first = 0
    for ramp in ramps:
        here = slice(first, first + ramp.shape[0])
        flags = ramp.group_flags(start, stop, slice(0, 1))[:, 0]
        saturated[here] = (flags & _SATURATED) != 0
        if signal == "slope":
            values[here], errors[here] = _slopes(ramp.images("rateints"), start, stop)
        else:
            values[here] = _tenth_group(ramp, start, stop)
        values[here][saturated[here]] = np.nan
        values[here][np.isnan(values[here]) & ((flags & _FLOOR) != 0)] = 0.0
        first = here.stop
    return SampleRows(start, stop, values, errors, saturated)


def row_blocks(nrows: int, rows: int) -> Iterator[tuple[int, int]]:
    """Give the limits of blocks of at most ``rows`` rows."""
    for start in range(0, nrows, rows):
        yield start, min(start + rows, nrows)


def _slopes(images: Images, start: int, stop: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    values = np.array(images.rows("SCI", start, stop), dtype=np.float32)
    errors = np.array(images.rows("ERR", start, stop), dtype=np.float32)
    flags = images.rows("DQ", start, stop).astype(np.uint32)
    # Where a fit finds no group it can use, it gives NaN or, in older files, 0.
    none = ((flags & _NO_SLOPE) != 0) | (((flags & _CUT) != 0) & (values == 0)) | ~np.isfinite(values)
    values[none] = np.nan
    errors[none | ~(errors > 0)] = np.nan
    return values, errors


def _tenth_group(ramp: Ramp, start: int, stop: int) -> NDArray[np.float32]:
    """Give the signal collected from the first to the tenth group, or to the last if there are fewer."""
    last = min(_TENTH, ramp.shape[1] - 1)
    block = ramp.rows(start, stop, slice(0, last + 1))
    values = np.array(block.science[:, last] - block.science[:, 0], dtype=np.float32)
    values[((block.group_dq & _SPOILT) != 0).any(axis=1) | ~np.isfinite(values)] = np.nan
    return values
