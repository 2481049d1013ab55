"""RC pixels, inverse ones, and telegraph pixels: by the shape of their ramps."""

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

# Curvature of a ramp that collects much signal is that of its nonlinearity, up to this share of it.
_NONLINEAR = 0.05
# Half-width of the distribution of the largest of several correlated standard normal deviates of either sign.
_USUAL_WIDTH = 1.15
_SIXTEENTH = (15.866, 84.134)
# A telegraph pixel has been seen to step down, and up or down again.
_LEAST_DOWNS, _LEAST_STEPS = 0.9, 1.8
# Steps below so many times the read noise of a typical pixel are those of its rounding.
_LEAST_STEP = 3.0
# A step that a neighbour shows too belongs to it, if that has so many times this step.
_SHOWN = 8.0

Image = NDArray[np.floating]
Mask = NDArray[np.bool_]


def curve_significance(curve: Image, error: Image, light: Mask) -> tuple[NDArray[np.float64], float]:
    """Give the curvature of the ramps in standard deviations.

    Parameters
    ----------
    curve, error : ndarray of float, shape (nrows, ncols)
        Amplitude of the exponential in DN, and its error.
    light : ndarray of bool, same shape
        Pixels that make up the distribution.

    Returns
    -------
    significance : ndarray of float64
        NaN where it is not known.
    excess : float
        Factor by which errors were too small (noise that is correlated along the ramp makes them so); 1 or
        more.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.asarray(curve, dtype=np.float64) / error
    ratio = np.where(np.isfinite(ratio), ratio, np.nan)
    known = ratio[light & np.isfinite(ratio)]
    if known.size < 2:
        return ratio, 1.0
    low, high = np.percentile(known, _SIXTEENTH)
    excess = float(max(1.0, (high - low) / 2 / _USUAL_WIDTH))
    return ratio / excess, excess


def settling_pixels(
    curve: Image, significance: Image, rate: Image, ngroups: int, *, sigma: float
) -> tuple[Mask, Mask]:
    """Find pixels whose ramps settle exponentially after the reset.

    Parameters
    ----------
    curve : ndarray of float, shape (nrows, ncols)
        Signal in DN by which the ramp settles, positive if it is steep at first.
    significance : ndarray of float, same shape
        In standard deviations.
    rate : ndarray of float, same shape
        Slope when it has settled, in DN per group. On a ramp that collects much a small curvature is no
        wonder.
    ngroups : int
        Groups of the ramp.
    sigma : float
        Least significance.

    Returns
    -------
    rc, inverse : ndarray of bool
        Ramps that rise and ramps that fall to their line.
    """
    with np.errstate(invalid="ignore"):
        collected = np.abs(np.where(np.isfinite(rate), rate, 0.0)) * max(ngroups - 1, 1)
        large = np.abs(curve) > _NONLINEAR * collected
        return large & (significance > sigma), large & (significance < -sigma)


def telegraph_pixels(
    evidence: Image,
    step: Image,
    sigma: Image,
    ups: Image,
    downs: Image,
    *,
    read: float,
    least_evidence: float,
    least_sigma: float,
) -> Mask:
    """Find pixels that switch between two levels.

    Parameters
    ----------
    evidence : ndarray of float, shape (nrows, ncols)
        Logarithm of the likelihood of two levels over that of one.
    step, sigma : ndarray of float, same shape
        Distance of the levels, and noise about them, in DN.
    ups, downs : ndarray of float, same shape
        Numbers of steps seen.
    read : float
        Read variance of a group of a typical pixel in DN^2.
    least_evidence : float
        Least evidence.
    least_sigma : float
        Least distance of the levels in units of the noise: less than about 3 is what any noise can be cut
        into.

    Returns
    -------
    ndarray of bool
    """
    found = (evidence > least_evidence) & (step > least_sigma * sigma)
    found &= step > _LEAST_STEP * np.sqrt(read)
    found &= (downs > _LEAST_DOWNS) & (ups + downs > _LEAST_STEPS)
    around = ndimage.maximum_filter(np.where(found, step, 0.0), size=3, mode="constant")
    return np.asarray(found & (_SHOWN * step > around))
