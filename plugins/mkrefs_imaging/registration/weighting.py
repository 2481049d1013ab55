"""How much pixels count in a fit: by the scatter around them, outliers among others as bright not at all.

Weights are soft: the mean variance of all pixels is added to that around each. Otherwise, with little noise,
regions that do not match by nature, such as the edge of a mask, would decide what matches.
"""

import numpy as np
from numpy.typing import NDArray

_CLASSES = 12  # classes of brightness
_MEMBERS = 40  # pixels in each at least
_SIGMAS = 6.0  # beyond so many standard deviations a pixel does not count (Tukey's biweight)
_LARGEST = 4.0  # standard deviations that a residual counts with for the scatter around it, at most
_NEIGHBOURHOOD = 2.5  # pixels, of a Gaussian
_TO_SIGMA = 1.4826  # from the median absolute deviation
_TWICE = 2.0  # times the usual mean square of the slopes, at which a pixel is worth half
_EXACT = 1e-9  # scatter that is as good as none, of the span of the template


def robust_weights(
    residuals: NDArray[np.float64],
    template: NDArray[np.float64],
    slope: NDArray[np.float64],
    usable: NDArray[np.bool_],
    *,
    slack: float,
) -> NDArray[np.float64]:
    """Weigh pixels by variances found from the residuals themselves.

    Parameters
    ----------
    residuals : ndarray of float64, shape (npixels,)
        Image less model.
    template : ndarray of float64, same shape
        Brightness, by which pixels are classed.
    slope : ndarray of float64, same shape
        How steep the model is, per pixel.
    usable : ndarray of bool, shape (nrows, ncols)
        The pixels they are of.
    slack : float
        Offset, in pixels, that residuals may come from without being outliers: without any, the only star
        of a frame would be one, as long as it is not aligned.

    Returns
    -------
    ndarray of float64, shape (npixels,)
        Weights; zero for outliers.
    """
    tolerance = np.hypot(_scatter(residuals, template), slack * slope)
    local = _local_variance(np.clip(residuals, -_LARGEST * tolerance, _LARGEST * tolerance), usable)
    distance = residuals / (_SIGMAS * tolerance)
    variance = local + np.mean(local) + np.min(tolerance) ** 2
    return np.asarray(np.where(np.abs(distance) < 1, (1 - distance**2) ** 2, 0.0) / variance)


def relevance(steepness: NDArray[np.float64], usable: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Weigh pixels by whether anything is there: near one about stars, little and all alike elsewhere.

    The noise of the many pixels of an empty sky, and patterns that stay with the detector, would otherwise
    decide where a star is that covers a few dozen pixels.

    Parameters
    ----------
    steepness : ndarray of float64, shape (npixels,)
        How steep the template is, per pixel.
    usable : ndarray of bool, shape (nrows, ncols)
        The pixels they are of.

    Returns
    -------
    ndarray of float64, shape (npixels,)
        Weights, of an empty pixel 1/17.
    """
    local = _local_variance(steepness, usable)
    usual = _TWICE * float(np.median(local))
    largest = float(np.max(local))
    if largest <= 0:
        return np.ones_like(local)
    return np.asarray((local / largest) ** 4 / ((local / largest) ** 4 + (usual / largest) ** 4 + _EXACT))


def _local_variance(residuals: NDArray[np.float64], usable: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Give the mean square of the residuals around each pixel."""
    from scipy import ndimage

    squares = np.zeros(usable.shape)
    squares[usable] = residuals**2
    total, weight = (
        ndimage.gaussian_filter(plane, _NEIGHBOURHOOD, mode="constant", truncate=3)[usable]
        for plane in (squares, usable.astype(np.float64))
    )
    return np.asarray(total / weight)


def _scatter(residuals: NDArray[np.float64], template: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the robust scatter of the class that each pixel is in; classes get smaller towards bright."""
    order = np.argsort(template)
    floor = max(_EXACT * float(np.ptp(template)), np.finfo(np.float64).tiny ** 0.25)
    sigma = np.empty_like(residuals)
    for members in np.split(order, _limits(order.size)):
        own = residuals[members]
        sigma[members] = max(_TO_SIGMA * float(np.median(np.abs(own - np.median(own)))), floor)
    return sigma


def _limits(count: int) -> list[int]:
    """Halve the pixels again and again, so that the few bright ones are judged among themselves."""
    limits: list[int] = []
    rest = count
    while rest >= 2 * _MEMBERS and len(limits) < _CLASSES - 1:
        rest //= 2
        limits.append(count - rest)
    return limits
