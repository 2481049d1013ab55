"""Where a template lies in an image, to whole pixels, by cross-correlation; what is finer is fitted."""

import numpy as np
from numpy.typing import NDArray

# The brightest pixels are cut down to the value of this one, so that no single hot pixel leads; no more than
# that, or a companion of half the brightness would look like the star.
_BRIGHT = 2
_WIDTH = 10.0  # pixels, of a Gaussian: what varies more slowly is background, and does not move


def coarse_offset(
    data: NDArray[np.float64],
    usable: NDArray[np.bool_],
    template: NDArray[np.float64],
    *,
    start: tuple[int, int] = (0, 0),
    limit: float,
) -> tuple[int, int]:
    """Find by how many whole pixels a template is displaced in an image.

    Parameters
    ----------
    data : ndarray of float64, shape (nrows, ncols)
        The image.
    usable : ndarray of bool, same shape
        Pixels that count.
    template : ndarray of float64, same shape
        What is looked for; finite.
    start : (int, int)
        Displacement along x and y about which is searched.
    limit : float
        How far from it, pixels.

    Returns
    -------
    (int, int)
        Along x and y: what the template has at (x, y), the image has at (x + first, y + second).
    """
    from scipy.signal import fftconvolve

    image = np.where(usable, _cut(data, usable), 0.0)
    everywhere = np.ones(template.shape, dtype=bool)
    pattern = _cut(template, everywhere)
    products = fftconvolve(image, pattern[::-1, ::-1])
    # Without this, displacements at which the template meets few pixels would look worse than they are.
    energy = fftconvolve(usable.astype(np.float64), pattern[::-1, ::-1] ** 2)
    with np.errstate(invalid="ignore", divide="ignore"):
        match = np.where(energy > energy.max() * 1e-3, products / np.sqrt(np.abs(energy)), -np.inf)
    dy = np.arange(match.shape[0]) - (template.shape[0] - 1)
    dx = np.arange(match.shape[1]) - (template.shape[1] - 1)
    distance = np.hypot(dx - start[0], (dy - start[1])[:, np.newaxis])
    row, column = np.unravel_index(np.argmax(np.where(distance <= limit, match, -np.inf)), match.shape)
    return int(dx[column]), int(dy[row])


def _cut(image: NDArray[np.float64], usable: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Take off what varies slowly and the median, and cut down what is brighter than the brightest pixels."""
    from scipy import ndimage

    if np.count_nonzero(usable) <= _BRIGHT:
        return np.zeros_like(image)
    sharp = image - ndimage.gaussian_filter(image, _WIDTH, mode="nearest")
    values = sharp[usable]
    centred = sharp - np.median(values)
    brightest = np.partition(values, -_BRIGHT)[-_BRIGHT] - np.median(values)
    return np.asarray(np.minimum(centred, brightest))
