"""The account of a search in darks, for HISTORY, and its classes as an image of bits."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from mkrefs_detector.bad_pixel_mask.darks.classify import DarkClasses
from mkrefs_detector.bad_pixel_mask.darks.maps import DarkMeasurement
from mkrefs_detector.bad_pixel_mask.darks.settings import CLASS_FLAGS, DarkSettings

#: Bit of each class in the image.
CLASS_BITS: Mapping[str, int] = {name: 1 << bit for bit, name in enumerate(CLASS_FLAGS)}


def class_map(classes: Mapping[str, NDArray[np.bool_]], shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Give the classes of each pixel as a sum of `CLASS_BITS`."""
    image = np.zeros(shape, dtype=np.uint8)
    for name, pixels in classes.items():
        image |= np.where(pixels, np.uint8(CLASS_BITS[name]), np.uint8(0))
    return image


def account_of(
    measured: DarkMeasurement, found: DarkClasses, settings: DarkSettings, ramps: int
) -> tuple[str, ...]:
    """Say what was done, with what numbers, and what came out.

    Parameters
    ----------
    measured : DarkMeasurement
        What was measured.
    found : DarkClasses
        What was found.
    settings : DarkSettings
        The choices made.
    ramps : int
        Number of darks.

    Returns
    -------
    tuple of str
    """
    what = f"Darks: {ramps} ramps of {measured.integrations} integrations, up to {measured.ngroups} groups"
    if measured.survey:
        what += f"; noise of a group of a typical pixel {np.sqrt(measured.survey.read):.3g} DN"
    lines = [f"{what}."]
    if settings.search == "documented":
        lines.append("Searched by the documented criteria alone.")
    lines += found.notes
    lines += _rate_lines(found, settings)
    limits = found.limits
    if "noisy" in found.classes and limits.noise is not None:
        lines.append(
            f"noisy: more than {limits.noisy:.3g} times the noise expected of the signal "
            f"({settings.noisy_threshold:g} sigma of a distribution of {limits.noise.deviation:.1%}), within "
            "ramps or from slope to slope."
        )
    if "telegraph" in found.classes:
        lines.append(
            f"telegraph: two levels more than {settings.telegraph_sigma_threshold:g} times the noise apart, "
            f"likelier than one by exp({settings.telegraph_evidence:g})."
        )
    if "rc" in found.classes and settings.search == "measured":
        more = f" (errors times {limits.excess:.3g})" if limits.excess > 1 else ""
        lines.append(
            "rc, inverse_rc: ramps that settle exponentially, by more than "
            f"{settings.rc_sigma_threshold:g} sigma{more}; or high pedestals, or early jumps."
        )
    counts = ", ".join(f"{name} {int(np.count_nonzero(pixels))}" for name, pixels in found.classes.items())
    bits = ", ".join(f"{name} {bit}" for name, bit in CLASS_BITS.items())
    lines.append(f"Pixels by class: {counts or 'none was searched'}.")
    lines.append(f"DARK_CLASSES: sum of {bits}.")
    return tuple(lines)


def _rate_lines(found: DarkClasses, settings: DarkSettings) -> list[str]:
    rates = found.limits.rates
    if rates is None or not np.isfinite(rates.hot):
        return []
    lines = [
        f"hot: from {rates.hot:.3g} DN/s above the median on, warm: from {rates.warm:.3g} DN/s on, each by "
        f"{settings.rate_sigma_threshold:g} of its errors (median {rates.error:.3g} DN/s); rates spread by "
        f"{rates.spread:.3g} DN/s."
    ]
    if rates.hot > settings.hot_threshold:
        lines.append(
            f"Rates are too uncertain for hot_threshold {settings.hot_threshold:g} DN/s: hot pixels below "
            f"{rates.hot:.3g} DN/s were not found."
        )
    if found.limits.share > 0:
        lines.append(
            f"Each pixel shows {found.limits.share:.2%} of the signal of each of its four neighbours, which "
            "was taken off."
        )
    return lines
