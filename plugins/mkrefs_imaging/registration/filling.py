"""Stand-ins for bad pixels, good enough to interpolate beside them; they are never passed on as data."""

import numpy as np
from numpy.typing import NDArray

# A bad pixel is replaced by the value at it of a surface through the good pixels of a box of 5 x 5.
_RADIUS = 2
_WIDTH = 1.2  # Gaussian weights, pixels
_CURVED, _TILTED = 14, 6  # good pixels that a surface of second, of first degree wants
_STIFF, _SOFT = 1e6, 1e-9


def fill_bad(image: NDArray[np.floating], bad: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Replace bad pixels by what their neighbours suggest.

    Parameters
    ----------
    image : ndarray, shape (nrows, ncols)
        Values; where ``bad``, they are not looked at.
    bad : ndarray of bool, same shape
        Pixels to replace.

    Returns
    -------
    ndarray of float64, same shape
        Finite where the good pixels are; zero everywhere if no pixel is good.
    """
    if bad.all():
        return np.zeros(image.shape)
    filled = np.where(bad, 0.0, image).astype(np.float64)
    rows, columns = np.nonzero(bad)
    if not rows.size:
        return filled
    values, weights = _boxes(filled, bad, rows, columns)
    count = np.count_nonzero(weights, axis=1)
    near = count > 0
    filled[rows[near], columns[near]] = _surfaces(values[near], weights[near], count[near])
    _fill_from_nearest(filled, rows[~near], columns[~near], bad)
    return filled


def _boxes(
    image: NDArray[np.float64], bad: NDArray[np.bool_], rows: NDArray[np.intp], columns: NDArray[np.intp]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give the values of the boxes about bad pixels, and their weights."""
    y, x = _offsets()
    values = np.pad(image, _RADIUS)
    usable = np.pad(~bad, _RADIUS)
    place = rows[:, np.newaxis] + y + _RADIUS, columns[:, np.newaxis] + x + _RADIUS
    return values[place], usable[place] * np.exp(-0.5 * (x**2 + y**2) / _WIDTH**2)


def _offsets() -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    y, x = np.mgrid[-_RADIUS : _RADIUS + 1, -_RADIUS : _RADIUS + 1]
    return y.ravel(), x.ravel()


def _surfaces(
    values: NDArray[np.float64], weights: NDArray[np.float64], count: NDArray[np.intp]
) -> NDArray[np.float64]:
    """Give the values in the middle of least-squares surfaces, stiffer where few pixels are good."""
    y, x = _offsets()
    terms = np.stack([np.ones(x.size), x, y, x * x, x * y, y * y], axis=1)
    normal = np.einsum("nk,ki,kj->nij", weights, terms, terms)
    right = np.einsum("nk,nk,ki->ni", weights, values, terms)
    stiffness = np.full((count.size, 6), _SOFT)
    stiffness[count < _TILTED, 1:3] = _STIFF
    stiffness[count < _CURVED, 3:] = _STIFF
    normal[:, range(6), range(6)] += stiffness
    return np.asarray(np.linalg.solve(normal, right[:, :, np.newaxis])[:, 0, 0])


def _fill_from_nearest(
    filled: NDArray[np.float64], rows: NDArray[np.intp], columns: NDArray[np.intp], bad: NDArray[np.bool_]
) -> None:
    """Write the nearest good value into pixels far from any."""
    if not rows.size:
        return
    from scipy import ndimage

    nearest = ndimage.distance_transform_edt(bad, return_distances=False, return_indices=True)
    filled[rows, columns] = filled[nearest[0][rows, columns], nearest[1][rows, columns]]
