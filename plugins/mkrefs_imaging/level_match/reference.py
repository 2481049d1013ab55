"""Which unit defines the zero of a part of the mosaic."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np

from mkrefs.api import CalibratedImage

_SECONDS_A_DAY = 86400.0


def is_background(image: CalibratedImage) -> bool:
    """Tell whether an image is of a dedicated background (BKGDTARG)."""
    value = image.header.get("BKGDTARG")
    return value is True or str(value).strip().upper() in ("T", "TRUE")


def distances_to_background(images: Sequence[CalibratedImage]) -> list[float]:
    """Give for each image how far in time it is from the dedicated backgrounds, in days.

    Parameters
    ----------
    images : sequence of CalibratedImage
        All images, the backgrounds among them.

    Returns
    -------
    list of float
        Infinite where it is not known. The keyword DT_BGR, where an image has one, goes before the times.
    """
    backgrounds = [_time(image) for image in images if is_background(image)]
    distances = []
    for image in images:
        written, time = image.header.get("DT_BGR"), _time(image)
        if isinstance(written, int | float):
            distances.append(abs(float(written)))
        else:
            found = [abs(time - other) for other in backgrounds if np.isfinite(time) and np.isfinite(other)]
            distances.append(min(found, default=float("inf")))
    return distances


def _time(image: CalibratedImage) -> float:
    """Give the time of an image in days; NaN if it has none."""
    day, time = image.metadata.date_obs, image.metadata.time_obs
    try:
        return datetime.fromisoformat(f"{day}T{time or '00:00:00'}").timestamp() / _SECONDS_A_DAY
    except ValueError:
        return float("nan")


def choose_reference(
    candidates: Sequence[int], numbers_of_pairs: Mapping[int, int], distances: Mapping[int, float]
) -> int:
    """Choose the unit whose correction is zero.

    Parameters
    ----------
    candidates : sequence of int
        Units of one part of the mosaic, in the order of time.
    numbers_of_pairs : mapping of int to int
        With how many others each overlaps.
    distances : mapping of int to float
        How far each is from dedicated backgrounds, infinite if there are none.

    Returns
    -------
    int
        The closest to the backgrounds; without any, the one with most pairs, and of these the first.
    """
    return min(candidates, key=lambda unit: (distances[unit], -numbers_of_pairs.get(unit, 0)))
