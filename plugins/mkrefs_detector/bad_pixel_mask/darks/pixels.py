"""From the levels of a block of pixels to what tells good from bad: sums for most, a closer look at some."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from mkrefs_detector.bad_pixel_mask.darks import kernels, sweep, two_levels
from mkrefs_detector.bad_pixel_mask.darks.levels import TILE, chosen_levels
from mkrefs_detector.bad_pixel_mask.darks.ordinary import OrdinaryRamps
from mkrefs_detector.bad_pixel_mask.darks.settings import DarkSettings
from mkrefs_detector.bad_pixel_mask.darks.signs import mark_signs
from mkrefs_detector.bad_pixel_mask.darks.survey import Survey
from mkrefs_detector.bad_pixel_mask.darks.weights import Tables

# Share of good pixels that chance alone has looked at for two levels.
_LOOKED_AT = 0.005
# Windows of different widths that are compared at each group, as far as they are independent.
_WINDOWS = 2
# The price of a step is about the logarithm of the number of groups it may lie between, less at least so
# much; and steps that are worth it must together gain so many times that logarithm, for evidence of so much.
_PRICE, _TOGETHER, _EVIDENCE = 2.0, 1.2, 10.0
# Chance makes steps by the noise of the pixel itself, as far as that is no more than so many times the usual
# variance: what is more may be that of its steps.
_CHANCE = 1.7
# Least variances in DN^2: of a typical pixel, and of one.
_LEAST_READ, _LEAST_OWN = 1e-3, 0.1
# Pixels of which this holds: every so many, a sample of the array, is looked at closely whatever it is like.
_SAMPLE, _SAMPLED_SHARE = 1 << 12, 256
#: Standard deviations from which on the curvature of a ramp makes its slope doubtful.
PERHAPS_BENT = 3.0

Image = NDArray[np.float32]
Mask = NDArray[np.bool_]
Index = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Yardstick:
    """What pixels are measured by; the same for all blocks.

    Attributes
    ----------
    starts : ndarray of int64, shape (nintegrations + 1,)
        Index of the first level of each integration, and the number of all.
    survey : Survey
        What a typical pixel is like.
    ordinary : OrdinaryRamps
        The differences that it has.
    tables : Tables
        Weights.
    settings : DarkSettings
        The choices made.
    group_time : float
        Seconds between two groups.
    """

    starts: Index
    survey: Survey
    ordinary: OrdinaryRamps
    tables: Tables
    settings: DarkSettings
    group_time: float

    @property
    def read(self) -> float:
        """Read variance of a typical pixel in DN^2, a number in any case."""
        return max(self.survey.read if np.isfinite(self.survey.read) else 1.0, _LEAST_READ)

    @property
    def signs(self) -> tuple[float, float, float]:
        """What makes a pixel worth a search for two levels; see `signs.mark_signs`."""
        steps = max(int((np.diff(self.starts) - 1).sum()), 1)
        least = float(stats.norm.isf(_LOOKED_AT / (_WINDOWS * steps)))
        price = np.log(steps)
        together = _TOGETHER * price * min(1.0, self.settings.telegraph_evidence / _EVIDENCE)
        return least, float(max(price - _PRICE, 1.0)), float(together)


def sampled(shape: tuple[int, int]) -> Mask:
    """Mark a sample of the pixels of an array, which is looked at closely whatever they are like.

    It tells how well errors describe the curvature of ordinary pixels, outliers included.
    """
    total = shape[0] * shape[1]
    # An odd number, so that it does not fall on the same columns again and again.
    every = total // max(_SAMPLE, total // _SAMPLED_SHARE) | 1
    marked = np.zeros(total, dtype=np.bool_)
    marked[::every] = True
    return marked.reshape(shape)


def measure_levels(
    levels: Image, shot: Image, light: Mask, closer: Mask, yardstick: Yardstick
) -> Iterator[tuple[str, NDArray[Any]]]:
    """Measure a block of pixels.

    Parameters
    ----------
    levels : ndarray of float32, shape (ntiles, nlevels, TILE)
        Levels of all integrations.
    shot : ndarray of float32, shape (npixels,)
        Variance in DN^2 that the signal collected between two groups adds to their difference.
    light : ndarray of bool, shape (npixels,)
        Light-sensitive pixels.
    closer : ndarray of bool, shape (npixels,)
        Pixels to be looked at closely whatever they are like.
    yardstick : Yardstick
        What they are measured by.

    Yields
    ------
    str, ndarray of shape (npixels,)
        Images by the name of the field of `DarkMaps`.
    """
    found = _measure_shapes(levels, shot, closer, yardstick)
    yield from _shape_images(found, yardstick)
    if yardstick.settings.search == "measured":
        yield from _level_images(levels, shot, found, light, yardstick)


def _measure_shapes(levels: Image, shot: Image, closer: Mask, yardstick: Yardstick) -> Image:
    """Give noise, rate and curvature: by sums, and pixel by pixel where these do not tell enough."""
    starts, tables, ordinary = yardstick.starts, yardstick.tables, yardstick.ordinary
    found = np.empty((kernels.IMAGES, shot.size), dtype=np.float32)
    look = np.ones(shot.size, dtype=np.bool_)
    if ordinary.length > 0:
        expected = np.zeros(len(levels) * TILE, dtype=np.float32)
        expected[: shot.size] = 2 * yardstick.read + shot
        own = np.empty((len(levels), starts.size - 1, TILE), dtype=np.float32)
        sums = np.empty((sweep.SUMS, shot.size), dtype=np.float32)
        sweep.sum_tiles(
            levels,
            starts,
            ordinary.ends,
            ordinary.usual,
            ordinary.number,
            ordinary.whole,
            expected,
            yardstick.read,
            tables,
            own,
            sums,
            look,
        )
        look |= closer
        bent = min(PERHAPS_BENT, yardstick.settings.rc_sigma_threshold)
        kernels.judge_sums(sums, own, shot, yardstick.read, bent, tables, ordinary.length, found, look)
    which = np.flatnonzero(look)
    part = np.empty((kernels.IMAGES, which.size), dtype=np.float32)
    kernels.measure_shape(chosen_levels(levels, which), starts, shot[which], yardstick.read, tables, part)
    found[:, which] = part
    return found


def _shape_images(found: Image, yardstick: Yardstick) -> Iterator[tuple[str, NDArray[Any]]]:
    per_second = np.float32(1 / yardstick.group_time)
    yield "rate", found[kernels.RATE] * per_second
    yield "rate_error", found[kernels.RATE_ERROR] * per_second
    yield "noise", found[kernels.NOISE]
    yield "noise_dof", found[kernels.NOISE_DOF]
    yield "slope_chi2", found[kernels.SLOPE_CHI2]
    yield "slopes", found[kernels.SLOPES]
    yield "curve", found[kernels.CURVE]
    yield "curve_error", found[kernels.CURVE_ERROR]
    yield "late_rate", found[kernels.LATE_RATE] * per_second
    yield "late_rate_error", found[kernels.LATE_RATE_ERROR] * per_second


def _level_images(
    levels: Image, shot: Image, found: Image, light: Mask, yardstick: Yardstick
) -> Iterator[tuple[str, NDArray[Any]]]:
    """Compare two levels with one, on a line and on a ramp that bends, where there are steps down."""
    typical, settings = yardstick.survey.read, yardstick.settings
    own = np.maximum((found[kernels.NOISE] - shot) / 2, _LEAST_OWN)
    looked_at = light & np.isfinite(own) & np.isfinite(found[kernels.RATE]) & np.isfinite(typical)
    read = np.where(looked_at, np.minimum(own, typical), 0).astype(np.float32)
    marked = np.empty(shot.size, dtype=np.bool_)
    chance = np.maximum(np.minimum(own, _CHANCE * typical), read).astype(np.float32)
    mark_signs(levels, yardstick.starts, read, chance, shot, found[kernels.RATE], yardstick.signs, marked)
    which = np.flatnonzero(marked & looked_at)
    curve, error = found[kernels.CURVE, which], found[kernels.CURVE_ERROR, which]
    with np.errstate(invalid="ignore"):
        bends = np.abs(curve) > settings.rc_sigma_threshold * error
    rate = found[kernels.RATE, which]
    out = np.zeros((two_levels.IMAGES, shot.size), dtype=np.float32)
    if which.size:
        picked = chosen_levels(levels, which)
        out[:, which] = two_levels.compare_levels(
            picked, yardstick.starts, read[which], shot[which], rate, bends
        )
    yield "evidence", out[two_levels.EVIDENCE]
    yield "step", out[two_levels.STEP]
    yield "sigma", out[two_levels.SIGMA]
    yield "ups", out[two_levels.UPS]
    yield "downs", out[two_levels.DOWNS]
    yield "bent", out[two_levels.BENT]
