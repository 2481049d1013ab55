"""A first look at a sample of the rows: what all pixels of a channel have in common, and a typical noise."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import GROUP_DQ
from mkrefs.stacks import in_row_blocks
from mkrefs_detector.bad_pixel_mask.darks.kernels import IMAGES, NOISE, NOISE_DOF, measure_shape
from mkrefs_detector.bad_pixel_mask.darks.medians import common_signal, pick_levels
from mkrefs_detector.bad_pixel_mask.darks.sources import DarkSource, Geometry, read_only, sample_bands
from mkrefs_detector.bad_pixel_mask.darks.weights import Tables
from mkrefs_detector.statistics.sampling import spread_step

#: Flags that spoil a group. JUMP_DET does not: what jumps is looked at here.
SPOILT = int(GROUP_DQ["DO_NOT_USE"] | GROUP_DQ["SATURATED"] | GROUP_DQ["AD_FLOOR"] | GROUP_DQ["CHARGELOSS"])
# Pixels that are looked at, as far as their groups fit into this memory.
_SAMPLE = 1 << 17
_SAMPLE_BYTES = 1 << 25
# Pixels whose noise is measured for a typical one.
_NOISE_SAMPLE = 1 << 12
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
    usual : ndarray of bool, shape (nlevels,)
        Of the levels of all ramps one after the other, those that most pixels have.
    read : float
        Read variance of a group of a typical pixel in DN^2, without what is common; NaN if unknown.
    dof : float
        Degrees of freedom of the noise of a typical pixel.
    rate : float
        Dark rate of the median pixel in DN per group, with the drifts.
    """

    common: tuple[Array, ...]
    usual: NDArray[np.bool_]
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
    places, channel = _places_by_channel(geometry, rows)
    edges = np.searchsorted(channel, np.arange(geometry.channels + 1))
    step = spread_step(channel.size, _NOISE_SAMPLE)
    common: list[Array] = [np.empty(0, np.float32)] * len(darks)
    parts = list(common)

    def look(first: int, last: int) -> None:
        for number in range(first, last):
            levels = _read_sample(darks[number], bands, places)
            common[number] = np.zeros((*levels.shape[:2], geometry.channels), dtype=np.float32)
            common_signal(levels, edges, _LEAST_PIXELS, common[number])
            less = levels[..., ::step] - common[number][:, :, channel[::step]]
            parts[number] = less.reshape(-1, less.shape[2])

    in_row_blocks(look, len(darks), 1)
    sample = np.concatenate(parts)
    lengths = [dark.ramp.shape[1] for dark in darks for _ in range(dark.ramp.shape[0])]
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    read, dof = _typical_noise(sample, starts, tables)
    return Survey(tuple(common), _usual_steps(sample, starts), read, dof, _median_rate(common))


def _places_by_channel(
    geometry: Geometry, rows: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """Give the places of the light-sensitive pixels in some rows, channel by channel; and their channels."""
    places = np.flatnonzero(geometry.light[rows])
    channel = geometry.channel[rows].ravel()[places]
    order = np.argsort(channel, kind="stable")
    return places[order], channel[order]


def _read_sample(dark: DarkSource, bands: Sequence[tuple[int, int]], places: NDArray[np.intp]) -> Array:
    """Read pixels of bands of rows; NaN where a group is spoilt."""
    nints, ngroups, _, ncols = dark.ramp.shape
    levels = np.empty((nints, ngroups, places.size), dtype=np.float32)
    before = 0
    for start, stop in bands:
        block = dark.ramp.rows(start, stop)
        here = np.flatnonzero((places >= before) & (places < before + (stop - start) * ncols))
        shape = (nints, ngroups, -1)
        pick_levels(
            read_only(block.science.reshape(shape), np.float32),
            read_only(block.group_dq.reshape(shape), np.uint8),
            SPOILT,
            places[here] - before,
            here,
            levels,
        )
        before += (stop - start) * ncols
    return levels


def _usual_steps(levels: Array, starts: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Tell for each level whether most pixels have the difference from it to the next."""
    usual = np.zeros(len(levels), dtype=np.bool_)
    known = np.isfinite(levels)
    usual[:-1] = np.count_nonzero(known[1:] & known[:-1], axis=1) * 2 > levels.shape[1]
    usual[starts[1:] - 1] = False
    return usual


def _typical_noise(levels: Array, starts: NDArray[np.int64], tables: Tables) -> tuple[float, float]:
    """Give the median read variance, and the median of its degrees of freedom."""
    levels = np.ascontiguousarray(levels.T)
    found = np.empty((IMAGES, len(levels)), dtype=np.float32)
    shot = np.zeros(len(levels), dtype=np.float32)
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
