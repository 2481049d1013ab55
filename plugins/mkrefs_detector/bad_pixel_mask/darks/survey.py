"""A first look at a sample of the rows: what all pixels of a channel have in common, and a typical noise."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import GROUP_DQ
from mkrefs_detector.bad_pixel_mask.darks.kernels import IMAGES, NOISE, NOISE_DOF, measure_shape
from mkrefs_detector.bad_pixel_mask.darks.sources import DarkSource, Geometry, sample_bands
from mkrefs_detector.bad_pixel_mask.darks.weights import Tables

#: Flags that spoil a group. JUMP_DET does not: what jumps is looked at here.
SPOILT = int(GROUP_DQ["DO_NOT_USE"] | GROUP_DQ["SATURATED"] | GROUP_DQ["AD_FLOOR"] | GROUP_DQ["CHARGELOSS"])
# Pixels that are looked at, as far as their groups fit into this memory.
_SAMPLE = 1 << 17
_SAMPLE_BYTES = 1 << 27
# Pixels whose noise is measured for a typical one.
_NOISE_SAMPLE = 1 << 14
# Read variance to begin with, in DN^2, and how often it is improved.
_FIRST_GUESS, _ROUNDS = 1.0, 2
# Channels with fewer pixels in the sample have no common steps.
_LEAST_PIXELS = 64

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Survey:
    """What a sample of the pixels tells of all.

    Attributes
    ----------
    common : tuple of ndarray of float32, shape (nints, ngroups, nchannels)
        Of each ramp, the signal that the median pixel of each channel has collected since the first group.
    read : float
        Read variance of a group of a typical pixel in DN^2, without what is common; NaN if unknown.
    dof : float
        Degrees of freedom of the noise of a typical pixel.
    rate : float
        Dark rate of the median pixel in DN per group, with the drifts.
    """

    common: tuple[Array, ...]
    read: float
    dof: float
    rate: float


def survey_darks(darks: Sequence[DarkSource], geometry: Geometry, tables: Tables) -> Survey:
    """Look at a sample of the rows of all darks.

    Parameters
    ----------
    darks : sequence of DarkSource
        Darks of one array size.
    geometry : Geometry
        Channels and light-sensitive pixels.
    tables : Tables
        Weights for the longest ramp.

    Returns
    -------
    Survey
    """
    nrows, ncols = geometry.light.shape
    longest = max(dark.ramp.shape[0] * dark.ramp.shape[1] for dark in darks)
    bands = sample_bands(nrows, ncols, min(_SAMPLE, _SAMPLE_BYTES // (4 * longest)))
    rows = np.concatenate([np.arange(start, stop) for start, stop in bands])
    light = geometry.light[rows]
    channel = geometry.channel[rows][light]
    step = max(1, channel.size // _NOISE_SAMPLE)
    common, parts, starts = [], [], [0]
    for dark in darks:
        levels = _read_sample(dark, bands, light)
        common.append(_common_signal(levels, channel, geometry.channels))
        less = levels[..., ::step] - common[-1][:, :, channel[::step]]
        nints, ngroups = levels.shape[:2]
        parts.append(less.reshape(nints * ngroups, -1))
        starts += [starts[-1] + ngroups * (i + 1) for i in range(nints)]
    read, dof = _typical_noise(np.concatenate(parts), np.array(starts), tables)
    return Survey(tuple(common), read, dof, _median_rate(common))


def _read_sample(dark: DarkSource, bands: Sequence[tuple[int, int]], light: NDArray[np.bool_]) -> Array:
    """Read the light-sensitive pixels of bands of rows; NaN where a group is spoilt."""
    blocks = []
    for start, stop in bands:
        block = dark.ramp.rows(start, stop)
        spoilt = (block.group_dq & SPOILT) != 0
        blocks.append(np.where(spoilt, np.float32(np.nan), block.science))
    return np.asarray(np.concatenate(blocks, axis=2)[:, :, light], dtype=np.float32)


def _common_signal(levels: Array, channel: NDArray[np.int64], channels: int) -> Array:
    """Give what the median pixel of each channel has collected; 0 for channels of too few pixels."""
    nints, ngroups = levels.shape[:2]
    common = np.zeros((nints, ngroups, channels), dtype=np.float32)
    for number in range(channels):
        mine = levels[:, :, channel == number]
        mine = mine[:, :, np.isfinite(mine).any(axis=(0, 1))]
        if mine.shape[2] < _LEAST_PIXELS:
            continue
        steps = np.diff(mine, axis=1)
        known = np.isfinite(steps).sum(axis=2) >= _LEAST_PIXELS
        middle = np.zeros(steps.shape[:2], dtype=np.float32)
        middle[known] = np.nanmedian(steps[known], axis=1)
        common[:, 1:, number] = np.cumsum(middle, axis=1)
    return common


def _typical_noise(levels: Array, starts: NDArray[np.int64], tables: Tables) -> tuple[float, float]:
    """Give the median read variance, and the median of its degrees of freedom."""
    found = np.empty((IMAGES, levels.shape[1]), dtype=np.float32)
    shot = np.zeros(levels.shape[1], dtype=np.float32)
    levels = np.ascontiguousarray(levels)
    read, dof = _FIRST_GUESS, 0.0
    for _ in range(_ROUNDS):
        measure_shape(levels, starts, shot, read, tables, found)
        known = found[NOISE_DOF] > 0
        if not known.any():
            return float("nan"), 0.0
        read, dof = float(np.median(found[NOISE][known])) / 2, float(np.median(found[NOISE_DOF][known]))
    return read, dof


def _median_rate(common: Sequence[Array]) -> float:
    """Give the mean slope of what is common, in DN per group."""
    slopes = [(part[:, -1] - part[:, 0]).mean() / (part.shape[1] - 1) for part in common if part.shape[1] > 1]
    return float(np.mean(slopes)) if slopes else 0.0
