"""Puts values smoothed over neighbours where there is none, or none to be relied on."""

import numpy as np
from numpy.typing import NDArray

from mkrefs_detector.statistics.medians import median_of
from mkrefs_detector.superbias.channels import Channels


def fill_pixels(
    image: NDArray[np.float32],
    wanted: NDArray[np.bool_],
    good: NDArray[np.bool_],
    channels: Channels,
    *,
    box_width: int,
) -> NDArray[np.float32]:
    """Give pixels the mean of the good ones around them that the same electronics read.

    Parameters
    ----------
    image : ndarray of float32, shape (nrows, ncols)
        The values.
    wanted : ndarray of bool, same shape
        Pixels to fill.
    good : ndarray of bool, same shape
        Pixels to take values from.
    channels : Channels
        Amplifiers, with even and odd columns: a box holds pixels of one channel alone, and so reaches over
        every second column.
    box_width : int
        Width of the box in pixels of the channel, odd.

    Returns
    -------
    ndarray of float32
        A copy. Where no pixel of the box is good the median of the channel's good pixels is put; where the
        channel has none, that of all; without any the value stays.
    """
    filled = image.copy()
    if not good.any():
        return filled
    usable = good & np.isfinite(image) & ~wanted
    everywhere = median_of(image[usable]) if usable.any() else np.nan
    for number in range(channels.count):
        here = channels.places(number)
        if wanted[here].any():
            values = _smooth(image[here], wanted[here], usable[here], box_width, everywhere)
            part = image[here]
            part[wanted[here]] = np.where(np.isfinite(values), values, part[wanted[here]])
            filled[here] = part
    return filled


def channel_medians(
    image: NDArray[np.float32], good: NDArray[np.bool_], channels: Channels
) -> NDArray[np.float32]:
    """Give each pixel the median of its channel's good pixels; NaN where there is none."""
    medians = np.full(image.shape, np.nan, dtype=np.float32)
    for number in range(channels.count):
        here = channels.places(number)
        values = image[here][good[here]]
        if values.size:
            medians[here] = median_of(values)
    return medians


def _smooth(
    part: NDArray[np.float32],
    wanted: NDArray[np.bool_],
    usable: NDArray[np.bool_],
    width: int,
    otherwise: float,
) -> NDArray[np.float64]:
    """Give the wanted pixels of a channel the mean of the usable ones in a box about each of them."""
    level = median_of(part[usable]) if usable.any() else otherwise
    relative = np.pad(np.where(usable, part.astype(np.float64) - level, 0.0), width // 2)
    counted = np.pad(usable, width // 2)
    rows, columns = np.nonzero(wanted)
    total, number = np.zeros(rows.size), np.zeros(rows.size)
    for down in range(width):
        for along in range(width):
            place = rows + down, columns + along
            total += relative[place]
            number += counted[place]
    return np.asarray(level + total / np.maximum(number, 1))
