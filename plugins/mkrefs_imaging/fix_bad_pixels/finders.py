"""The finders of bad pixels: pure functions on arrays, each giving what it found."""

import numpy as np
from numpy.typing import NDArray

from mkrefs_imaging.fix_bad_pixels import kernels
from mkrefs_imaging.fix_bad_pixels.options import GradientOptions, SigclipOptions, TimeintsOptions

Frame = NDArray[np.float32]
Mask = NDArray[np.bool_]

_MOST_PASSES = 10
_SIGMAS_PER_MAD = 1.482602218505602
# What is brighter than so many standard deviations is no background.
_BRIGHT = 10.0
# Factors that make the median absolute deviation of few Gaussian values unbiased (Croux and Rousseeuw 1992).
_SMALL_SAMPLES = (np.nan, np.nan, np.nan, 1.495, 1.363, 1.206, 1.200, 1.140, 1.129, 1.107)
_TYPICAL_HALF = 2
# How many integrations the spread of the pixels around is worth beside that of the pixel itself, and by which
# factor the own must be larger to be a pixel's nature, as in the image of a star that moves, and not chance.
_WORTH = 20
_OWN_NATURE = 2.5


def sigclip(data: Frame, good: Mask, options: SigclipOptions) -> Mask:
    """Find what lies above its neighbours, or below the background, pass after pass.

    Parameters
    ----------
    data : ndarray of float32, shape (nplanes, nrows, ncols)
        Values.
    good : ndarray of bool, shape (nplanes, nrows, ncols)
        What may be used and judged.
    options : SigclipOptions
        Thresholds and neighbours.

    Returns
    -------
    ndarray of bool
        What was found.
    """
    found = np.zeros(data.shape, dtype=np.bool_)
    for frame, usable, new in zip(data, good, found, strict=True):
        if usable.any():
            new[:] = _sigclip_frame(frame, usable, options)
    return found


def _sigclip_frame(frame: Frame, good: Mask, options: SigclipOptions) -> Mask:
    level, scatter = background(frame, good)
    found = good & (scatter > 0) & (frame < level - options.neg_sigma * scatter)
    surroundings = _Surroundings(frame, good & ~found, options.offsets())
    for _ in range(_MOST_PASSES):
        new = surroundings.good & surroundings.stand_out(options.sigma, options.contrast)
        if not new.any():
            break
        found |= new
        surroundings.leave_out(new)
    return found


def background(frame: Frame, good: Mask) -> tuple[float, float]:
    """Give median and standard deviation of a frame without its bright sources."""
    values = frame[good].astype(np.float64)
    level, scatter = _median_and_scatter(values)
    return _median_and_scatter(values[values <= level + _BRIGHT * scatter])


def _median_and_scatter(values: NDArray[np.float64]) -> tuple[float, float]:
    median = float(np.median(values))
    return median, _SIGMAS_PER_MAD * float(np.median(np.abs(values - median)))


class _Surroundings:
    """Median and scatter of the good neighbours of each pixel of a frame, kept up to date."""

    def __init__(self, frame: Frame, good: Mask, offsets: tuple[tuple[int, int], ...]) -> None:
        self.frame, self.good = frame, good.copy()
        shifts = np.array(offsets, dtype=np.int64).reshape(-1, 2)
        self._dy, self._dx = np.ascontiguousarray(shifts[:, 0]), np.ascontiguousarray(shifts[:, 1])
        self._median = np.full(frame.shape, np.nan)
        self._scatter = np.full(frame.shape, np.nan)
        self._update(self.good)
        differences = np.abs(frame - self._median)[self.good]
        differences = differences[np.isfinite(differences)]
        self._noise = _SIGMAS_PER_MAD * float(np.median(differences)) if differences.size else np.inf

    def _update(self, wanted: Mask) -> None:
        kernels.neighbourhoods(self.frame, self.good, wanted, self._dy, self._dx, self._median, self._scatter)

    def stand_out(self, sigma: float, contrast: float, *, below: bool = False) -> Mask:
        """Mark what lies above (or below) its neighbours by more than noise, and than their structure."""
        excess = self._median - self.frame if below else self.frame - self._median
        structure = np.sqrt(np.maximum(np.square(self._scatter) - self._noise**2, 0.0))
        found: Mask = (excess > sigma * np.maximum(self._scatter, self._noise)) & (
            excess > contrast * structure
        )
        return found

    def leave_out(self, new: Mask) -> None:
        """Use these no more; look at their neighbours again."""
        self.good &= ~new
        wanted = np.zeros_like(new)
        rows, columns = np.nonzero(new)
        for dy, dx in zip(self._dy, self._dx, strict=True):
            y, x = rows - dy, columns - dx
            inside = (y >= 0) & (y < new.shape[0]) & (x >= 0) & (x < new.shape[1])
            wanted[y[inside], x[inside]] = True
        self._update(wanted)


def timeints(data: Frame, good: Mask, options: TimeintsOptions) -> Mask:
    """Find values that differ from the median of their pixel over the planes; see `sigclip`.

    Nothing is found with fewer than three planes.
    """
    factors = np.array([small_sample_factor(n) for n in range(len(data) + 1)])
    median, spread = kernels.spreads_in_time(data, good, factors)
    typical = kernels.median_around(spread, _TYPICAL_HALF)
    limit = options.sigma * _allowance(len(data)) * _noise_in_time(spread, typical, len(data))
    found: Mask = good & (np.abs(data - median) > limit)
    return found


def small_sample_factor(n: int) -> float:
    """Give the standard deviation per median absolute deviation of n Gaussian values; NaN below three."""
    factor = _SMALL_SAMPLES[n] if n < len(_SMALL_SAMPLES) else n / (n - 0.8)
    return _SIGMAS_PER_MAD * factor


def _allowance(n: int) -> float:
    """Give by which factor one of n values may differ more: so few tell their median and spread badly."""
    return 1.0 + 35.0 / n**3


def _noise_in_time(own: NDArray[np.float64], typical: NDArray[np.float64], n: int) -> NDArray[np.float64]:
    """Weigh the spread of a pixel with that of those around, unless it is far larger."""
    weight = max(n - 2, 0)
    shared = np.sqrt((weight * own**2 + _WORTH * typical**2) / (weight + _WORTH))
    return np.where(own > _OWN_NATURE * typical, own, shared)


def gradient(data: Frame, good: Mask, options: GradientOptions) -> Mask:
    """Find pixels that the relative gradients lead up to (or down) from all four sides; see `sigclip`."""
    found = np.zeros(data.shape, dtype=np.bool_)
    for frame, usable, new in zip(data, good, found, strict=True):
        if usable.any():
            new[:] = _gradient_frame(frame, usable, options)
    return found


def _gradient_frame(frame: Frame, good: Mask, options: GradientOptions) -> Mask:
    from scipy.ndimage import gaussian_filter

    weight = gaussian_filter(good.astype(np.float64), options.sigma, mode="constant")
    values = np.where(good, frame, 0.0).astype(np.float64)
    smooth = gaussian_filter(values, options.sigma, mode="constant") / np.where(weight > 0, weight, np.inf)
    sharp = np.where(good, frame - smooth, 0.0)
    relative = np.divide(sharp, np.abs(smooth), out=np.zeros_like(sharp), where=smooth != 0)
    along_y, along_x = np.gradient(relative)
    surroundings = _Surroundings(frame, good, SigclipOptions().offsets())
    found = _summits(along_y, along_x, options.threshold)
    found &= surroundings.stand_out(options.noise_sigma, options.contrast)
    if options.negative:
        pits = _summits(-along_y, -along_x, options.threshold)
        found |= pits & surroundings.stand_out(options.noise_sigma, options.contrast, below=True)
    return found & good


def _summits(along_y: NDArray[np.float64], along_x: NDArray[np.float64], threshold: float) -> Mask:
    """Mark pixels with a gradient above the threshold before and below its negative behind, both ways."""
    y, x = np.pad(along_y, 1), np.pad(along_x, 1)
    found: Mask = (
        (x[1:-1, :-2] > threshold)
        & (x[1:-1, 2:] < -threshold)
        & (y[:-2, 1:-1] > threshold)
        & (y[2:, 1:-1] < -threshold)
    )
    return found
