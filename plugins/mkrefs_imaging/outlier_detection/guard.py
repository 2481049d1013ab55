"""The guard of outlier detection: tells whether the cores of bright sources were taken for outliers.

A star that is undersampled differs from the median of its images by more than noise and derivative explain
where `snr` or `scale` are too low: then its core is flagged in image after image. Cosmic rays are not so
faithful: what they hit is judged by chance.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from mkrefs.api import PIXEL_DQ, CalibratedImage
from mkrefs.stacks import side_by_side
from mkrefs_imaging.outlier_detection.cores import Peaks, core_fractions, find_peaks
from mkrefs_imaging.outlier_detection.parameters import OutlierDetectionParameters
from mkrefs_imaging.outlier_detection.sightings import Sources, match_sources

Mask = NDArray[np.bool_]
Values = NDArray[np.float64]

_DO_NOT_USE = np.uint32(PIXEL_DQ["DO_NOT_USE"])
# Sightings of a source may lie apart by this many pixels.
_TOLERANCE = 1.5
# A source is seen in so many images at least, as far as there are exposures, and in most of those that show
# its place: hits of cosmic rays fall together in two more often than one thinks.
_SIGHTINGS = 3
# So many of the worst sources are told.
_TOLD = 10
# Sources past the limit are chance if at least so many are as likely as this.
_CHANCE = 0.01


@dataclass(frozen=True, slots=True)
class Cores:
    """What was flagged of the cores of bright sources.

    Attributes
    ----------
    ra, dec : ndarray of float64, shape (nsources,)
        Positions in degrees.
    row, column : ndarray of int64, shape (nsources, nimages)
        Peaks in the images; -1 where the source was not seen.
    fraction : ndarray of float64, same shape
        Fraction of the core that was flagged; NaN where the source was not seen.
    lasting : ndarray of float64, shape (nsources,)
        Mean of these without that of the worst image.
    by_chance : float
        Sources of which cosmic rays are expected to hit the core in two images or more.
    """

    ra: Values
    dec: Values
    row: NDArray[np.int64]
    column: NDArray[np.int64]
    fraction: Values
    lasting: Values
    by_chance: float


def measure_cores(
    images: Sequence[CalibratedImage], flagged: Sequence[Mask], parameters: OutlierDetectionParameters
) -> Cores:
    """Find bright compact sources and measure how much of their cores was flagged.

    Parameters
    ----------
    images : sequence of CalibratedImage
        The images before outliers were flagged; what has no way to the sky is left out.
    flagged : sequence of ndarray of bool
        Pixels newly flagged, by image.
    parameters : OutlierDetectionParameters
        Of them those of the guard.

    Returns
    -------
    Cores
        Of sources that are seen in most images of their place, and in three, or two if no more show it.
    """
    # The ways to the sky are made one after the other, as asdf is not for several threads.
    scales = [_pixel_scale(image) for image in images]
    peaks = side_by_side(lambda image: _peaks_of(image, parameters), images)
    positions = [_positions(image, found) for image, found in zip(images, peaks, strict=True)]
    tolerance = _TOLERANCE * (float(np.nanmedian(scales)) if np.isfinite(scales).any() else 0.0)
    matched = match_sources(positions, [found.height for found in peaks], tolerance=tolerance)
    sources = matched.take(_is_real(matched, images))
    return _fractions(images, flagged, peaks, sources, parameters.guard_core_radius)


def judge_cores(cores: Cores, limit: float) -> tuple[int, bool]:
    """Tell how many sources are past the limit, and whether that is more than cosmic rays explain.

    Parameters
    ----------
    cores : Cores
        What was measured.
    limit : float
        Largest fraction of a core, as the mean over the images without the worst.

    Returns
    -------
    number, warn : int, bool
    """
    past = int(np.count_nonzero(cores.lasting > limit))
    unlikely = past > 0 and bool(stats.poisson.sf(past - 1, cores.by_chance) < _CHANCE)
    return past, unlikely


def guard_results(
    images: Mapping[str, CalibratedImage], cores: Cores, limit: float
) -> tuple[dict[str, Any], tuple[str, ...], tuple[str, ...]]:
    """Give what the guard found as values, lines and warnings.

    Parameters
    ----------
    images : mapping of str to CalibratedImage
        The images in the order they were measured.
    cores : Cores
        What was measured.
    limit : float
        As for `judge_cores`.

    Returns
    -------
    results : dict
        For the report.
    history, warnings : tuple of str
    """
    past, warn = judge_cores(cores, limit)
    worst = _worst(tuple(images), cores)
    seen = np.isfinite(cores.fraction)
    mean = float(cores.fraction[seen].mean()) if seen.any() else 0.0
    results = {
        "bright_sources": int(cores.ra.size),
        "mean_core_fraction": mean,
        "sources_past_limit": past,
        "expected_by_chance": cores.by_chance,
        "worst_sources": worst,
    }
    line = (
        f"Guard: {cores.ra.size} bright compact sources; flagged were {mean:.2%} of "
        f"their cores, and more than {limit:.0%} lastingly of {past}."
    )
    if not warn:
        return results, (line,), ()
    first = worst[0]
    return (
        results,
        (line,),
        (
            f"outlier_detection flagged the cores of {past} of {cores.ra.size} bright sources, in more "
            f"images than cosmic rays explain; the worst, at RA {first['ra']:.6f} Dec {first['dec']:.6f}, "
            f"lost {first['lasting_fraction']:.0%} of its core ({first['where']}): raise snr or scale.",
        ),
    )


def _peaks_of(image: CalibratedImage, parameters: OutlierDetectionParameters) -> Peaks:
    most = parameters.guard_max_sources if image.sky is not None else 0
    return find_peaks(image.array("data"), usable_pixels(image), sigma=parameters.guard_snr, most=most)


def usable_pixels(image: CalibratedImage) -> Mask:
    """Give the pixels of an image whose values count."""
    usable = np.isfinite(image.array("data"))
    if "dq" in image.arrays:
        usable &= (image.array("dq") & _DO_NOT_USE) == 0
    return np.asarray(usable, dtype=np.bool_)


def _is_real(sources: Sources, images: Sequence[CalibratedImage]) -> Mask:
    """Mark the sources that are seen often enough."""
    shown = np.zeros(sources.sighting.shape, dtype=np.bool_)
    for place, image in enumerate(images):
        if image.sky is not None and sources.ra.size:
            x, y = image.sky.to_pixel(sources.ra, sources.dec)
            shown[:, place] = _shows(usable_pixels(image), x, y)
    seen = sources.sighting >= 0
    count = seen.sum(axis=1)
    deepest = (shown | seen).sum(axis=1).max(initial=0)
    return np.asarray((2 * count > (shown | seen).sum(axis=1)) & (count >= min(_SIGHTINGS, deepest)))


def _shows(usable: Mask, x: Values, y: Values) -> Mask:
    nrows, ncols = usable.shape
    inside = (x >= 0) & (x <= ncols - 1) & (y >= 0) & (y <= nrows - 1)
    column, row = (np.rint(np.where(inside, axis, 0)).astype(np.int64) for axis in (x, y))
    return np.asarray(inside & usable[row, column])


def _positions(image: CalibratedImage, peaks: Peaks) -> tuple[Values, Values]:
    if image.sky is None or not peaks.row.size:
        return np.empty(0), np.empty(0)
    ra, dec = image.sky.to_sky(peaks.column.astype(np.float64), peaks.row.astype(np.float64))
    return np.atleast_1d(ra), np.atleast_1d(dec)


def _pixel_scale(image: CalibratedImage) -> float:
    """Give the size of a pixel in degrees, along a row in the middle of the image."""
    if image.sky is None:
        return np.nan
    y, x = (size / 2 for size in image.shape[-2:])
    ra, dec = image.sky.to_sky(np.array([x, x + 1]), np.array([y, y]))
    east = (ra[1] - ra[0] + 180) % 360 - 180
    return float(np.hypot(east * np.cos(np.deg2rad(dec[0])), dec[1] - dec[0]))


def _fractions(
    images: Sequence[CalibratedImage],
    flagged: Sequence[Mask],
    peaks: Sequence[Peaks],
    sources: Sources,
    radius: float,
) -> Cores:
    shape = sources.sighting.shape
    row, column = np.full(shape, -1, dtype=np.int64), np.full(shape, -1, dtype=np.int64)
    fraction, hit = np.full(shape, np.nan), np.zeros(shape)
    for place, image in enumerate(images):
        seen = np.flatnonzero(sources.sighting[:, place] >= 0)
        if not seen.size:
            continue
        usable = usable_pixels(image)
        here = peaks[place].take(sources.sighting[seen, place])
        fraction[seen, place], size = core_fractions(
            image.array("data"), usable, flagged[place], here, radius=radius
        )
        row[seen, place], column[seen, place] = here.row, here.column
        common = np.count_nonzero(flagged[place] & usable) / max(int(np.count_nonzero(usable)), 1)
        hit[seen, place] = 1 - (1 - common) ** size
    return Cores(sources.ra, sources.dec, row, column, fraction, _lasting(fraction), _twice(hit))


def _lasting(fraction: Values) -> Values:
    """Give the mean over the images without the worst."""
    if not fraction.size:
        return np.empty(fraction.shape[0])
    count = np.isfinite(fraction).sum(axis=1)
    return np.asarray((np.nansum(fraction, axis=1) - np.nanmax(fraction, axis=1)) / (count - 1))


def _twice(hit: Values) -> float:
    """Give the number of sources expected to be hit in two images or more, from the chances of each."""
    missed = np.prod(1 - hit, axis=1)
    once = missed * np.sum(hit / np.maximum(1 - hit, np.finfo(np.float64).tiny), axis=1)
    return float(np.clip(1 - missed - once, 0, 1).sum())


def _worst(roles: tuple[str, ...], cores: Cores) -> list[dict[str, Any]]:
    told = []
    for source in np.argsort(-cores.lasting, kind="stable")[:_TOLD]:
        if not np.nansum(cores.fraction[source]):
            continue
        worst = int(np.nanargmax(cores.fraction[source]))
        x, y = int(cores.column[source, worst]), int(cores.row[source, worst])
        told.append(
            {
                "ra": float(cores.ra[source]),
                "dec": float(cores.dec[source]),
                "lasting_fraction": float(cores.lasting[source]),
                "worst_fraction": float(cores.fraction[source, worst]),
                "images": int(np.isfinite(cores.fraction[source]).sum()),
                "where": f"{roles[worst]} x {x} y {y}",
            }
        )
    return told
