"""The equations of an offset, linearised at one place."""

import numpy as np
from numpy.typing import NDArray

_SMOOTHING = 1.0  # pixels: of the template, for its brightness
_SLOPE_SMOOTHING = 0.8  # pixels: for its slopes, which noise does not bias, but makes uncertain
_OUTLIER = 6.0  # median absolute deviations

Slopes = tuple[NDArray[np.float64], NDArray[np.float64]]


def image_slopes(image: NDArray[np.float64]) -> Slopes:
    """Give the slopes of an image along x and y, per pixel."""
    along_y, along_x = np.gradient(image)
    return np.asarray(along_x), np.asarray(along_y)


class Equations:
    """How an image would change with offset, brightness and level of the template, on the usable pixels.

    Parameters
    ----------
    data : ndarray of float64, shape (nrows, ncols)
        The image; finite.
    slopes : tuple of two ndarray of float64, same shape
        Slopes of the image along x and y. Their noise is not that of the template, which makes them the
        right measure of what a step changes.
    moved : ndarray of float64, same shape
        The template at the offset; finite.
    usable : ndarray of bool, same shape
        Pixels to compare.

    Attributes
    ----------
    smooth : ndarray of float64, shape (npixels,)
        The template without the noise of the pixel itself: the mean of its neighbours.
    steepness : ndarray of float64, shape (npixels,)
        How much the template changes from pixel to pixel.
    """

    def __init__(
        self,
        data: NDArray[np.float64],
        slopes: Slopes,
        moved: NDArray[np.float64],
        usable: NDArray[np.bool_],
    ) -> None:
        from scipy import ndimage

        smooth = ndimage.gaussian_filter(moved, _SLOPE_SMOOTHING, mode="nearest")
        self.smooth = _without_itself(moved)[usable]
        self._data, self._template = data[usable], moved[usable]
        self._slopes = [slope[usable] for slope in slopes]
        self._template_slopes = [slope[usable] for slope in image_slopes(moved)]
        self._smooth_slopes = [slope[usable] for slope in image_slopes(smooth)]
        self.steepness = np.hypot(*self._smooth_slopes)

    def level_at(self, scale: float) -> tuple[float, float]:
        """Give a brightness with the level that goes with it."""
        return scale, float(np.median(self._data - scale * self._template))

    def residuals(self, scale: float, level: float) -> NDArray[np.float64]:
        """Give image less model."""
        return np.asarray(self._data - scale * self._template - level)

    def solve(self, weights: NDArray[np.float64]) -> tuple[NDArray[np.float64], tuple[float, float]]:
        """Give the change of the offset, and brightness and level after it."""
        # The brightness first: a poor one would spoil the slopes.
        instruments = np.stack([self.smooth, np.ones_like(self.smooth)]) * weights
        model = np.stack([self._template, np.ones_like(self._template)])
        scale, level = _solved(instruments @ model.T, instruments @ self._data)
        instruments, model = self._terms(scale)
        solution = _solved(
            instruments * weights @ model.T, instruments * weights @ self.residuals(scale, level)
        )
        return solution[:2], (float(scale + solution[2]), float(level + solution[3]))

    def errors(self, weights: NDArray[np.float64], scale: float, level: float) -> tuple[float, float]:
        """Give the standard errors of the offset, from the scatter of the residuals."""
        instruments, model = self._terms(scale)
        weighted = instruments * weights
        inverse = np.linalg.pinv(weighted @ model.T)
        spread = (weighted * self.residuals(scale, level) ** 2) @ weighted.T
        error_x, error_y = np.sqrt(np.maximum(np.diag(inverse @ spread @ inverse.T)[:2], 0.0))
        return float(error_x), float(error_y)

    def _terms(self, scale: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        ones = np.ones_like(self._template)
        instruments = [-scale * slope for slope in self._smooth_slopes] + [self.smooth, ones]
        slopes = zip(self._slopes, self._template_slopes, strict=True)
        model = [-_without_outliers(own, scale * other) for own, other in slopes] + [self._template, ones]
        return np.stack(instruments), np.stack(model)


def _solved(matrix: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.linalg.lstsq(matrix, right, rcond=None)[0])


def _without_outliers(slopes: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """Hold the slopes of an image to those of the template, within the noise: hot pixels have giant ones."""
    difference = slopes - others
    limit = _OUTLIER * float(np.median(np.abs(difference)))
    return np.asarray(others + np.clip(difference, -limit, limit))


def _without_itself(image: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the weighted mean of the neighbours of each pixel, which has no part of its own noise."""
    from scipy import ndimage

    reach = 4
    point = np.zeros((2 * reach + 1, 2 * reach + 1))
    point[reach, reach] = 1.0
    own = ndimage.gaussian_filter(point, _SMOOTHING)[reach, reach]
    smooth = ndimage.gaussian_filter(image, _SMOOTHING, mode="nearest")
    return np.asarray((smooth - own * image) / (1 - own))
