"""How noisy an image is: pixel by pixel, and row by row, for 1/f noise is common to the pixels of a row."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import DETECTORS, ExposureMetadata
from mkrefs_imaging.statistics.clipped import clipped_medians

# Pairs of neighbouring rows, at most, that the noise is taken from.
_PAIRS = 256
_MAD_TO_SIGMA = 1.4826022185056018
# Variance of a median in units of that of a mean.
_MEDIAN = np.pi / 2


@dataclass(frozen=True, slots=True)
class RowLayout:
    """How the pixels of an array share noise.

    Attributes
    ----------
    rows : bool
        Rows share noise; else columns do.
    amplifiers : int
        Number of amplifiers along a row.
    slow, fast : int
        Number of rows, and pixels in one; the other way round if columns share noise.
    """

    rows: bool
    amplifiers: int
    slow: int
    fast: int

    @property
    def cells(self) -> int:
        """Rows times amplifiers."""
        return self.slow * self.amplifiers

    @property
    def numbers(self) -> tuple[int, int, int]:
        """What the compiled loops take."""
        return int(self.rows), self.amplifiers, self.fast


def row_layout(metadata: ExposureMetadata, shape: tuple[int, int]) -> RowLayout:
    """Tell from SLOWAXIS and the outputs how the pixels of an image share noise.

    The outputs of the near-infrared detectors are bands side by side; those of MIRI are interleaved, so that
    a whole row is read at a time. Where the header has no SLOWAXIS that of the detector
    counts, and rows if that is not known.
    """
    detector = DETECTORS.get(metadata.detector.upper())
    known = abs(metadata.slowaxis) or (abs(detector.slowaxis) if detector else 0)
    rows = known != 1
    slow, fast = shape if rows else shape[::-1]
    bands = 1 if metadata.instrument == "MIRI" else (metadata.noutputs or 4)
    return RowLayout(rows, max(1, min(bands, fast)), slow, fast)


def row_variance(marked: NDArray[np.floating], layout: RowLayout) -> float:
    """Give the variance of the noise that the pixels of a row of an amplifier share.

    It is taken from the medians of neighbouring rows, whose differences hold nothing of the sky but its
    steepest gradients, less what the noise of their pixels adds.

    Parameters
    ----------
    marked : ndarray of float, shape (nrows, ncols)
        An image, NaN where it is not usable.
    layout : RowLayout
        How its pixels share noise.

    Returns
    -------
    float
        0 if there is no such noise, or too little of the image to tell.
    """
    image = marked if layout.rows else marked.T
    first = np.unique(np.linspace(0, max(layout.slow - 2, 0), _PAIRS).astype(np.int64))
    if layout.slow < 2:
        return 0.0
    lower, upper = image[first], image[first + 1]
    edges = np.arange(layout.amplifiers + 1) * layout.fast // layout.amplifiers
    bands = [slice(edges[k], edges[k + 1]) for k in range(layout.amplifiers)]
    squares = [_excess(lower[:, band], upper[:, band]) for band in bands]
    found = [square for square in squares if np.isfinite(square)]
    return max(float(np.mean(found)), 0.0) if found else 0.0


def pixel_noise(marked: NDArray[np.floating], layout: RowLayout) -> float:
    """Give the standard deviation of the noise of a pixel of its own, from neighbours along rows.

    Parameters
    ----------
    marked : ndarray of float, shape (nrows, ncols)
        An image, NaN where it is not usable.
    layout : RowLayout
        How its pixels share noise.

    Returns
    -------
    float
        0 if too little of the image is usable to tell.
    """
    image = marked if layout.rows else marked.T
    rows = np.unique(np.linspace(0, layout.slow - 1, _PAIRS).astype(np.int64))
    return float(np.sqrt(_own_variance(image[rows])))


def _own_variance(rows: NDArray[np.floating]) -> float:
    """Give the variance of the differences of neighbours along rows, halved."""
    along = np.diff(rows, axis=1)
    along = along[np.isfinite(along)]
    return (_MAD_TO_SIGMA * float(np.median(np.abs(along)))) ** 2 / 2 if along.size else 0.0


def _excess(lower: NDArray[np.floating], upper: NDArray[np.floating]) -> float:
    """Give the variance of a row's median that is not due to the noise of its pixels."""
    enough = (np.isfinite(lower).sum(axis=1) >= 8) & (np.isfinite(upper).sum(axis=1) >= 8)
    if enough.sum() < 8:
        return float("nan")
    lower, upper = np.ascontiguousarray(lower[enough]), np.ascontiguousarray(upper[enough])
    medians = [clipped_medians(rows, sigma=3.0, max_iters=0) for rows in (lower, upper)]
    steps = medians[1] - medians[0]
    total = (_MAD_TO_SIGMA * float(np.median(np.abs(steps - np.median(steps))))) ** 2 / 2
    pixel = _own_variance(lower)
    if pixel == 0:
        return float("nan")
    return total - _MEDIAN * pixel * float(np.mean(1 / np.isfinite(lower).sum(axis=1)))
