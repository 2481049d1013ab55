"""What a trial looks at in an exposure: the shares flagged and not finite, the level. Arrays alone."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class ImageState:
    """The state of an exposure after some step.

    Attributes
    ----------
    median : float
        Of the usable samples of its last group that has any, or of its image; NaN if there are none.
    flagged : float
        Share of the light-sensitive pixels that are not to be used.
    nonfinite : float
        Share of the light-sensitive pixels that are NaN or infinite although no flag excludes them.
    """

    median: float
    flagged: float
    nonfinite: float


def image_state(
    science: NDArray[np.floating],
    excluded_samples: NDArray[np.bool_],
    excluded_pixels: NDArray[np.bool_],
    reference_pixels: NDArray[np.bool_],
) -> ImageState:
    """Sum up an exposure.

    Parameters
    ----------
    science : ndarray, shape (..., ny, nx)
        A ramp or an image.
    excluded_samples : ndarray of bool, shape of ``science``
        Single samples that are not to be used.
    excluded_pixels : ndarray of bool, shape (ny, nx)
        Pixels that are not to be used.
    reference_pixels : ndarray of bool, shape (ny, nx)
        Pixels that see no light, which do not count at all.

    Returns
    -------
    ImageState
    """
    sensitive = ~reference_pixels
    total = max(int(sensitive.sum()), 1)
    allowed = sensitive & ~excluded_pixels
    nonfinite = np.zeros_like(allowed)
    median = math.nan
    planes = science.reshape(-1, *science.shape[-2:])
    excluded = excluded_samples.reshape(planes.shape)
    for plane, out in zip(planes, excluded, strict=True):
        usable, finite = allowed & ~out, np.isfinite(plane)
        nonfinite |= usable & ~finite
        if (usable & finite).any():
            median = float(np.median(plane[usable & finite]))
    return ImageState(
        median=median,
        flagged=1.0 - int(allowed.sum()) / total,
        nonfinite=int(nonfinite.sum()) / total,
    )
