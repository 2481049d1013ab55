"""What the header tells of where an image looks: the width of its pixels, and its reference pixel."""

import math

from mkrefs.api import CalibratedImage


def pixel_scale(image: CalibratedImage) -> float | None:
    """Give the width of a pixel in arcseconds, from PIXAR_A2 or the way to the sky; None if unknown."""
    area = image.header.get("PIXAR_A2")
    if isinstance(area, int | float) and area > 0:
        return math.sqrt(area)
    if image.sky is None:
        return None
    import numpy as np

    y, x = (image.shape[-2] - 1) / 2, (image.shape[-1] - 1) / 2
    ra, dec = image.sky.to_sky(np.array([x, x]), np.array([y, y + 1]))
    east = (ra[1] - ra[0] + 180) % 360 - 180
    width = float(np.hypot(east * np.cos(np.radians(dec[0])), dec[1] - dec[0])) * 3600
    return width if np.isfinite(width) and width > 0 else None


def reference_pixel(image: CalibratedImage) -> tuple[float, float] | None:
    """Give CRPIX1 and CRPIX2, counted from 0; None if the header lacks them."""
    found = image.header.get("CRPIX1"), image.header.get("CRPIX2")
    if all(isinstance(value, int | float) for value in found):
        return float(found[0]) - 1, float(found[1]) - 1  # type: ignore[arg-type]  # just looked at
    return None
