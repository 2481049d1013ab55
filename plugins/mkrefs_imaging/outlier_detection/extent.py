"""How large the mosaic of a group is: fields far apart make one of nothing but emptiness, for all memory."""

from collections.abc import Sequence

import numpy as np

from mkrefs.api import CalibratedImage, Positions, SkyTransform, UserError

# A mosaic may have so many times the pixels of all images together, and so many in any case.
_MOST_TIMES = 20
_HARMLESS = 100_000_000


def check_extent(images: Sequence[CalibratedImage]) -> None:
    """Refuse images that lie so far apart that a mosaic of them is nearly empty.

    Parameters
    ----------
    images : sequence of CalibratedImage
        The images; those without a way to the sky are passed over.

    Raises
    ------
    mkrefs.api.UserError
        If they do.
    """
    known = [(image.name, image.sky, image.shape) for image in images if image.sky is not None]
    if not known:
        return
    first, frame, _ = known[0]
    corners = [_corners(sky, shape, frame) for _, sky, shape in known]
    x, y = (np.concatenate([each[axis] for each in corners]) for axis in (0, 1))
    width, height = float(np.ptp(x)), float(np.ptp(y))
    held = sum(int(np.prod(image.shape)) for image in images)
    # What lies on the other half of the sky has no pixel at all.
    if np.isfinite(width * height) and width * height <= max(_MOST_TIMES * held, _HARMLESS):
        return
    away = np.hypot(*(np.array([each[axis].mean() for each in corners]) for axis in (0, 1)))
    farthest = known[int(np.argmax(np.where(np.isfinite(away), away, np.inf)))][0]
    raise UserError(
        f"outlier_detection: the images lie so far apart that a mosaic of them would have {width:.0f} x "
        f"{height:.0f} pixels ({farthest} is far from {first}); correct fields by themselves, by "
        "giving their files alone, or set resample_data to false."
    )


def _corners(sky: SkyTransform, shape: tuple[int, ...], frame: SkyTransform) -> Positions:
    """Give the corners of an image in the pixels of another."""
    nrows, ncols = shape
    x, y = np.array([0.0, ncols, ncols, 0.0]), np.array([0.0, 0.0, nrows, nrows])
    return frame.to_pixel(*sky.to_sky(x, y))
