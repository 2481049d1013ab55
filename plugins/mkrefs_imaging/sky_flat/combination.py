"""From a stack of images and the sky in each of them to the response of the pixels, in blocks of rows."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mkrefs.stacks import side_by_side
from mkrefs_imaging.sky_flat import kernels
from mkrefs_imaging.sky_flat.parameters import SkyFlatParameters
from mkrefs_imaging.sky_flat.sky import Sky
from mkrefs_imaging.sky_flat.stack import Stack

Image = NDArray[np.float64]

_TO_SIGMA = 1.482602218505602
# Values of a block of rows that a thread works on, with their variances.
_BLOCK_BYTES = 1 << 23
# Residuals that tell the scale of the errors; of more, evenly spaced rows.
_MOST_RESIDUALS = 1_000_000


@dataclass(frozen=True, slots=True)
class Response:
    """The response of the pixels.

    Attributes
    ----------
    flat, err : ndarray of float64, shape (nrows, ncols)
        Response, of median 1, and its standard error; NaN without a sample.
    count, there : ndarray of int32, shape (nrows, ncols)
        Images in the mean, and those that had a usable value.
    sky : tuple of Sky
        The sky of each image that was used.
    images : ndarray of int
        Numbers of these images.
    scale : float
        Factor by which the images scatter more than their errors say.
    model : str
        What the sky was taken for: ``level``, ``plane`` or ``scene``.
    """

    flat: Image
    err: Image
    count: NDArray[np.int32]
    there: NDArray[np.int32]
    sky: tuple[Sky, ...]
    images: NDArray[np.intp]
    scale: float
    model: str


def normalised(flat: Image) -> Image:
    """Give a flat the median 1; what is not above zero is NaN."""
    good = np.isfinite(flat) & (flat > 0)
    if not good.any():
        return np.full(flat.shape, np.nan)
    return np.where(good, flat / np.median(flat[good]), np.nan)


def _blocks(stack: Stack, nimages: int) -> list[slice]:
    nrows, ncols = stack.values.shape[1:]
    rows = max(1, _BLOCK_BYTES // (16 * nimages * ncols))
    return [slice(start, min(start + rows, nrows)) for start in range(0, nrows, rows)]


def _samples(
    stack: Stack, images: NDArray[np.intp], sky: Sequence[Sky], flat: Image, rows: slice
) -> tuple[Image, Image]:
    """Give the responses that images show in a block of rows, and their variances: (nimages, npixels)."""
    shape = (len(images), flat[rows].size)
    values, variances = np.empty(shape), np.empty(shape)
    noise = stack.noise
    for number, (place, each) in enumerate(zip(images, sky, strict=True)):
        kernels.fill_samples(
            np.ascontiguousarray(stack.values[place, rows]),
            np.ascontiguousarray(each.image(rows), dtype=np.float64),
            np.ascontiguousarray(each.sources[rows]),
            np.ascontiguousarray(flat[rows]),
            np.ascontiguousarray(noise.pattern[rows]),
            float(noise.read[place]),
            float(noise.shot[place]),
            float(each.level),
            values[number],
            variances[number],
        )
    return values, variances


def median_response(stack: Stack, images: NDArray[np.intp], sky: Sequence[Sky], flat: Image) -> Image:
    """Give the median over images of what they show of the response, not normalised.

    Parameters
    ----------
    stack : Stack
        Images without a flat field.
    images : ndarray of int
        Numbers of those to use.
    sky : sequence of Sky
        The sky of each of these.
    flat : ndarray of float64, shape (nrows, ncols)
        About what is expected; it enters the variances alone.

    Returns
    -------
    ndarray of float64
        NaN without a sample.
    """
    found = np.empty(stack.values.shape[1:])

    def combine(rows: slice) -> None:
        values, variances = _samples(stack, images, sky, flat, rows)
        kernels.medians(values, variances, found[rows].reshape(-1))

    side_by_side(combine, _blocks(stack, len(images)))
    return found


def error_scale(stack: Stack, images: NDArray[np.intp], sky: Sequence[Sky], flat: Image) -> float:
    """Give the robust scatter of the images about the flat in units of their errors.

    Parameters as for `median_response`.
    """
    nrows, ncols = stack.values.shape[1:]
    rows = slice(None, None, max(1, len(images) * nrows * ncols // _MOST_RESIDUALS))
    values, variances = _samples(stack, images, sky, flat, rows)
    residual = np.empty(values.size)
    number = kernels.residuals(values, variances, flat[rows].reshape(-1), residual)
    residual = residual[:number]
    residual = residual[np.isfinite(residual)]
    if not residual.size:
        return 1.0
    return _TO_SIGMA * float(np.median(np.abs(residual - np.median(residual)))) or 1.0


def combine_images(
    stack: Stack,
    images: NDArray[np.intp],
    sky: Sequence[Sky],
    flat: Image,
    *,
    model: str,
    parameters: SkyFlatParameters,
) -> Response:
    """Combine images by their weighted mean, without outliers.

    Parameters
    ----------
    stack, images, sky, flat
        As for `median_response`.
    model : str
        What the sky was taken for, for HISTORY.
    parameters : SkyFlatParameters
        The choices made.

    Returns
    -------
    Response
    """
    scale = error_scale(stack, images, sky, flat)
    shape = stack.values.shape[1:]
    found, err = np.empty(shape), np.empty(shape)
    count, there = np.empty(shape, dtype=np.int32), np.empty(shape, dtype=np.int32)
    limit = parameters.clipping_sigma * scale

    def combine(rows: slice) -> None:
        values, variances = _samples(stack, images, sky, flat, rows)
        into = (array[rows].reshape(-1) for array in (found, err, count, there))
        kernels.combine(values, variances, limit, parameters.max_clipping_iters, *into)

    side_by_side(combine, _blocks(stack, len(images)))
    if parameters.scale_errors:
        err *= scale
    good = np.isfinite(found) & (found > 0)
    level = float(np.median(found[good])) if good.any() else 1.0
    return Response(found / level, err / level, count, there, tuple(sky), images, scale, model)
