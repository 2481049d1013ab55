"""What spoils single pixels of calibrated images: cosmic rays left in them, and bad pixels."""

import numpy as np
from numpy.typing import NDArray

# Lengths of tracks in pixels: most hits touch few pixels, some are several pixels long.
_LENGTHS = np.array([1, 2, 3, 5, 9, 15])
_CHANCES = np.array([0.35, 0.3, 0.15, 0.1, 0.07, 0.03])
_SHARE_BESIDE = 0.3
_MEDIAN = 1.5
_SCATTER = 0.9


def draw_hits(random: np.random.Generator, shape: tuple[int, int], fraction: float) -> NDArray[np.float32]:
    """Draw what cosmic rays leave in an image.

    Parameters
    ----------
    random : numpy.random.Generator
        Source of the numbers.
    shape : (int, int)
        Rows and columns.
    fraction : float
        Expected share of the pixels touched.

    Returns
    -------
    ndarray of float32, shape (nrows, ncols)
        Signal in MJy/sr, log-normal from hit to hit; 0 where nothing was hit. Tracks are straight, up to 15
        pixels long, and a pixel beside each of them has a part of the signal.
    """
    signal = np.zeros(shape, dtype=np.float32)
    count = int(random.poisson(fraction * signal.size / float(_CHANCES @ (_LENGTHS + 1))))
    length = random.choice(_LENGTHS, size=count, p=_CHANCES)
    row, column = random.uniform(0, shape[0], count), random.uniform(0, shape[1], count)
    angle = random.uniform(0, np.pi, count)
    strength = _MEDIAN * np.exp(_SCATTER * random.standard_normal(count))
    hit = np.repeat(np.arange(count), length)
    step = np.arange(len(hit)) - np.repeat(np.cumsum(length) - length, length)
    along = _steps(angle)
    _leave(signal, row[hit] + step * along[0][hit], column[hit] + step * along[1][hit], strength[hit])
    _leave(signal, row - along[1], column + along[0], _SHARE_BESIDE * strength)
    return signal


def _steps(angle: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give steps along rows and columns of which the longer is one pixel, so that a track has no gap."""
    rows, columns = np.sin(angle), np.cos(angle)
    longer = np.maximum(np.abs(rows), np.abs(columns))
    return rows / longer, columns / longer


def _leave(
    signal: NDArray[np.float32],
    row: NDArray[np.float64],
    column: NDArray[np.float64],
    strength: NDArray[np.float64],
) -> None:
    y, x = np.floor(row).astype(int), np.floor(column).astype(int)
    inside = (y >= 0) & (y < signal.shape[0]) & (x >= 0) & (x < signal.shape[1])
    np.maximum.at(signal, (y[inside], x[inside]), strength[inside].astype(np.float32))


def draw_bad_pixels(
    random: np.random.Generator, shape: tuple[int, int], fraction: float
) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
    """Draw the bad pixels of a detector.

    Parameters
    ----------
    random : numpy.random.Generator
        Source of the numbers.
    shape : (int, int)
        Rows and columns.
    fraction : float
        Expected share of bad pixels; a fifth of them has a bad neighbour.

    Returns
    -------
    (ndarray of bool, ndarray of float32), shape (nrows, ncols)
        The bad pixels, and what they add: NaN for half of them, for the others between 1 and 1000 MJy/sr, of
        either sign; 0 where a pixel is good.
    """
    alone = random.random(shape) < fraction / 1.1
    bad = alone.copy()
    bad[:, 1:] |= (alone & (random.random(shape) < 0.1))[:, :-1]
    wild = 10 ** random.uniform(0, 3, shape) * random.choice([-1.0, 1.0], shape)
    value = np.where(random.random(shape) < 0.5, np.nan, wild)
    return bad, np.where(bad, value, 0.0).astype(np.float32)


def draw_flat(random: np.random.Generator, shape: tuple[int, int], scatter: float) -> NDArray[np.float32]:
    """Draw a flat field of mean 1, half of whose variance is of a few waves across the detector.

    Returns
    -------
    ndarray of float32, shape (nrows, ncols)
    """
    y, x = (np.linspace(0, 2 * np.pi, size) for size in shape)
    wave = np.sin(y + random.uniform(0, 6))[:, None] + np.sin(1.5 * x + random.uniform(0, 6))[None, :]
    wave = (wave - wave.mean()) / wave.std()
    flat = 1 + scatter / np.sqrt(2) * (wave + random.standard_normal(shape))
    return np.asarray(flat / flat.mean(), dtype=np.float32)
