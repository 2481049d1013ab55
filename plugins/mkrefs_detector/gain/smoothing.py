"""From boxes of known errors to a smooth map: as smooth as the errors demand, and without gaps.

The values of an amplifier's boxes are taken for a surface of small second differences plus noise. How small
they are is what makes the measured values most probable.
"""

import numpy as np
from numpy.typing import NDArray

# Variances of second differences that are tried, relative to the median variance of a value.
_TRIED = np.logspace(-5, 3, 33)
Values = NDArray[np.float64]


def smooth_boxes(values: Values, errors: Values, good: NDArray[np.bool_]) -> tuple[Values, Values]:
    """Smooth the values of a rectangle of boxes.

    Parameters
    ----------
    values, errors : ndarray of float64, shape (nrows, ncols)
        Values and their standard errors.
    good : ndarray of bool, same shape
        Which of them are known.

    Returns
    -------
    values, errors : ndarray of float64, same shape
        The most probable surface and its standard error; NaN if nothing is known.
    """
    if not good.any():
        return np.full(values.shape, np.nan), np.full(values.shape, np.nan)
    weight = np.where(good, 1 / np.where(good, errors, 1.0) ** 2, 0.0).ravel()
    known = np.where(good, values, 0.0).ravel()
    mean = (weight * known).sum() / weight.sum()
    known = np.where(good.ravel(), known - mean, 0.0)
    rough = roughness(values.shape)
    scale = float(np.median(errors[good])) ** 2
    # Without a value in a whole row or column a trend there is not known: a faint pull to the mean decides.
    faint = 1e-9 * weight.max() * np.eye(weight.size)
    tried = [_posterior(weight, known, rough / (scale * factor) + faint) for factor in _TRIED]
    rank = np.linalg.matrix_rank(rough)
    evidence = [each[2] - 0.5 * rank * np.log(factor) for each, factor in zip(tried, _TRIED, strict=True)]
    surface, spread, _ = tried[int(np.argmax(evidence))]
    return (mean + surface).reshape(values.shape), spread.reshape(values.shape)


def _posterior(weight: Values, known: Values, prior: Values) -> tuple[Values, Values, float]:
    """Give mean, standard deviation, and log evidence but for what all priors have alike."""
    inverse = np.linalg.inv(np.diag(weight) + prior)
    surface = inverse @ (weight * known)
    fit = float((weight * known) @ (known - surface))
    _, logarithm = np.linalg.slogdet(inverse)
    return surface, np.sqrt(np.diag(inverse)), 0.5 * (logarithm - fit)


def roughness(shape: tuple[int, int]) -> Values:
    """Give the matrix of the sum of squared second differences along rows, columns and both.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns of boxes.

    Returns
    -------
    ndarray of float64, shape (nboxes, nboxes)
    """
    rows, columns = (np.eye(size) for size in shape)
    bends = [
        np.kron(np.diff(rows, 2, axis=0), columns) if shape[0] > 2 else None,
        np.kron(rows, np.diff(columns, 2, axis=0)) if shape[1] > 2 else None,
        np.sqrt(2) * np.kron(np.diff(rows, axis=0), np.diff(columns, axis=0)) if min(shape) > 1 else None,
        np.kron(np.diff(rows, axis=0), columns) if shape[0] == 2 else None,
        np.kron(rows, np.diff(columns, axis=0)) if shape[1] == 2 else None,
    ]
    return np.asarray(sum((b.T @ b for b in bends if b is not None), np.zeros((shape[0] * shape[1],) * 2)))


def interpolate(values: Values, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> Values:
    """Interpolate linearly between the middles of boxes, and go on as far beyond the outermost ones.

    Parameters
    ----------
    values : ndarray of float64, shape (nrows, ncols)
        Values of boxes.
    rows, columns : ndarray of int64
        Edges of the boxes in pixels.

    Returns
    -------
    ndarray of float64, shape (rows[-1] - rows[0], columns[-1] - columns[0])
    """
    return np.asarray(_weights(rows) @ values @ _weights(columns).T, dtype=np.float64)


def _weights(edges: NDArray[np.int64]) -> Values:
    """Give the share of each box in each pixel, of shape (npixels, nboxes)."""
    middle = (edges[1:] + edges[:-1] - 1) / 2
    pixel = np.arange(edges[0], edges[-1])
    shares = np.zeros((pixel.size, middle.size))
    if middle.size == 1:
        shares[:] = 1.0
        return shares
    low = np.clip(np.searchsorted(middle, pixel) - 1, 0, middle.size - 2)
    part = (pixel - middle[low]) / (middle[low + 1] - middle[low])
    number = np.arange(pixel.size)
    shares[number, low] = 1 - part
    shares[number, low + 1] = part
    return shares
