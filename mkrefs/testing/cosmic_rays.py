"""Cosmic rays: where and when they hit a simulated exposure, and how much charge they leave."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mkrefs.testing.levels import Levels

# A hit touches a pixel and its four neighbours.
_FOOTPRINT = ((0, 0), (-1, 0), (1, 0), (0, -1), (0, 1))


@dataclass(frozen=True, slots=True)
class CosmicRays:
    """Charge left by cosmic rays, one entry for each pixel touched.

    Attributes
    ----------
    integration, read : ndarray of int
        Integration, and frame read first after the hit, both from 0.
    row, column : ndarray of int
        Pixel in the window, from 0.
    signal : ndarray of float32
        Signal in DN.
    """

    integration: NDArray[np.intp]
    read: NDArray[np.intp]
    row: NDArray[np.intp]
    column: NDArray[np.intp]
    signal: NDArray[np.float32]

    def add_to(
        self, charge: NDArray[np.float32], integration: int, read: int, scale: NDArray[np.float32]
    ) -> None:
        """Add what falls into one read to ``charge`` in place, times the map ``scale``."""
        now = (self.integration == integration) & (self.read == read)
        if now.any():
            pixels = self.row[now], self.column[now]
            np.add.at(charge, pixels, self.signal[now] * scale[pixels])

    def touched(self, shape: tuple[int, int]) -> NDArray[np.bool_]:
        """Map the pixels of a window of the given shape that were touched in any integration."""
        touched = np.zeros(shape, dtype=np.bool_)
        touched[self.row, self.column] = True
        return touched


def no_cosmic_rays() -> CosmicRays:
    """Give an empty set of hits."""
    nothing = np.zeros(0, dtype=np.intp)
    return CosmicRays(nothing, nothing, nothing, nothing, nothing.astype(np.float32))


def expected_hits(levels: Levels, pixels: int, seconds: float, fraction: float | None) -> float:
    """Compute the mean number of hits of an exposure.

    Parameters
    ----------
    levels : Levels
        Gives the rate when ``fraction`` is None.
    pixels : int
        Number of pixels.
    seconds : float
        Time during which hits are collected.
    fraction : float or None
        Share of the pixels to be touched, neighbours included.

    Returns
    -------
    float
        For a fraction f it is ``-pixels ln(1 - f) / 5``, since each hit touches 5 pixels.
    """
    if fraction is None:
        return levels.cosmic_ray_rate * pixels * seconds
    return float(-pixels * np.log1p(-fraction) / len(_FOOTPRINT))


def draw_cosmic_rays(
    random: np.random.Generator,
    *,
    mean_hits: float,
    nints: int,
    read_times: NDArray[np.float64],
    shape: tuple[int, int],
    levels: Levels,
) -> CosmicRays:
    """Draw the hits of an exposure.

    Parameters
    ----------
    random : numpy.random.Generator
        Source of the numbers.
    mean_hits : float
        Expected number of hits in the window; the number drawn follows Poisson's law.
    nints : int
        Number of integrations.
    read_times : ndarray of float64, shape (nreads,)
        Times of the reads of one integration in seconds after its reset.
    shape : tuple of int
        Shape (nrows, ncols) of the window.
    levels : Levels
        Signal of the hits.

    Returns
    -------
    CosmicRays
        Hits at times uniform between reset and last read, of log-normal signal.
    """
    count = int(random.poisson(mean_hits))
    integration = random.integers(nints, size=count)
    read = np.searchsorted(read_times, random.uniform(0.0, read_times[-1], count))
    row, column = random.integers(shape[0], size=count), random.integers(shape[1], size=count)
    signal = levels.cosmic_ray_signal * np.exp(levels.cosmic_ray_scatter * random.standard_normal(count))
    shares = [1.0] + [levels.cosmic_ray_share] * (len(_FOOTPRINT) - 1)
    rows = np.concatenate([row + dy for dy, _ in _FOOTPRINT])
    columns = np.concatenate([column + dx for _, dx in _FOOTPRINT])
    signals = np.concatenate([signal * share for share in shares]).astype(np.float32)
    inside = (rows >= 0) & (rows < shape[0]) & (columns >= 0) & (columns < shape[1])
    copies = len(_FOOTPRINT)
    return CosmicRays(
        integration=np.tile(integration, copies)[inside],
        read=np.tile(read, copies)[inside],
        row=rows[inside],
        column=columns[inside],
        signal=signals[inside],
    )
