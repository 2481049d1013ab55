"""Where the exposures of a mosaic point, when, and how they are numbered."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from mkrefs.instruments.detectors import DETECTORS
from mkrefs.testing.mosaic_spec import MosaicSpec
from mkrefs.testing.random_fields import generator
from mkrefs.testing.tangent_sky import TangentSky, plane_to_sky

_ARCSEC = 3600.0
#: Size of a pixel in arcsec, by instrument, or instrument and channel.
PIXEL_SCALES = {"NIRCAM LONG": 0.063, "NIRCAM SHORT": 0.031, "NIRISS": 0.0656, "MIRI": 0.11}
# Places of NIRCam's chips in units of the distance between two short-wave ones, along x and y; module A in
# the east.
_CHIPS = {
    "NRCA1": (-1.77, -0.5),
    "NRCA2": (-1.77, 0.5),
    "NRCA3": (-0.77, -0.5),
    "NRCA4": (-0.77, 0.5),
    "NRCALONG": (-1.27, 0.0),
    "NRCB1": (1.77, 0.5),
    "NRCB2": (1.77, -0.5),
    "NRCB3": (0.77, 0.5),
    "NRCB4": (0.77, -0.5),
    "NRCBLONG": (1.27, 0.0),
}
_PITCH = 1.07
_DITHER_TIME = timedelta(minutes=6)
_VISIT_TIME = timedelta(minutes=30)
# Backgrounds lie so many mosaics away.
_AWAY = 20.0


@dataclass(frozen=True, slots=True)
class Pointing:
    """One exposure of one detector.

    Attributes
    ----------
    detector : str
        Value of DETECTOR.
    visit, exposure : int
        Numbers of the tile and of its dither, from 1.
    background : bool
        Whether it is a dedicated background.
    start : datetime
        When it starts.
    sky : TangentSky
        Where its pixels look.
    """

    detector: str
    visit: int
    exposure: int
    background: bool
    start: datetime
    sky: TangentSky


def pixel_scale(detector: str) -> float:
    """Give the size of a pixel, arcsec."""
    hardware = DETECTORS[detector]
    return PIXEL_SCALES.get(f"{hardware.instrument} {hardware.channel}") or PIXEL_SCALES[hardware.instrument]


def pointings(spec: MosaicSpec) -> tuple[Pointing, ...]:
    """Give the exposures of a mosaic in order of time; those of one time by the name of the detector."""
    random = generator(spec.seed, "pointings")
    visits = [(place, False) for place in _tile_centres(spec)]
    if spec.backgrounds:
        visits.append(((_AWAY * (extent(spec)[0] / pixel_scale(spec.detectors[0])), 0.0), True))
    found, start = [], spec.start
    for visit, (centre, background) in enumerate(visits, start=1):
        rotation = spec.rotation + spec.rotation_scatter * random.standard_normal()
        for exposure in range(1, (spec.backgrounds if background else spec.dithers) + 1):
            middle = np.add(centre, _dither(spec, random))
            for detector in sorted(spec.detectors):
                sky = _sky(spec, detector, middle, rotation)
                found.append(Pointing(detector, visit, exposure, background, start, sky))
            start += _DITHER_TIME
        start += _VISIT_TIME
    return tuple(found)


def extent(spec: MosaicSpec) -> tuple[float, float]:
    """Give width and height of the whole mosaic, arcsec, along the axes of an unscattered tile."""
    pixel = pixel_scale(spec.detectors[0])
    places = np.array([_chip_offset(spec, name) for name in spec.detectors])
    chips = places.max(axis=0) - places.min(axis=0)
    steps = np.subtract(spec.tiles, 1) * _step(spec)
    width, height = (steps + chips + spec.shape[::-1]) * pixel
    return float(width), float(height)


def detector_distortion(spec: MosaicSpec, detector: str) -> tuple[float, float, float, float, float, float]:
    """Give the distortion of a detector as `TangentSky.distortion` has it."""
    random = generator(spec.seed, "distortion", detector)
    a, b, c, d, e, f = spec.distortion * random.standard_normal(6) / (max(spec.shape) / 2) ** 2
    return float(a), float(b), float(c), float(d), float(e), float(f)


def _tile_centres(spec: MosaicSpec) -> list[tuple[float, float]]:
    """Give the centres of the tiles in pixels, row by row, about that of the mosaic."""
    (columns, rows), (step_x, step_y) = spec.tiles, _step(spec)
    return [
        (float((i - (columns - 1) / 2) * step_x), float((j - (rows - 1) / 2) * step_y))
        for j in range(rows)
        for i in range(columns)
    ]


def _step(spec: MosaicSpec) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Give the distance between two tiles in pixels along x and y."""
    places = np.array([_chip_offset(spec, name) for name in spec.detectors])
    chips = places.max(axis=0) - places.min(axis=0)
    return np.asarray((1 - spec.overlap) * (chips + spec.shape[::-1]), dtype=np.float64)


def _chip_offset(spec: MosaicSpec, detector: str) -> tuple[float, float]:
    """Give the place of a chip in pixels along x and y, about the middle of all chips."""
    chips = np.array([_CHIPS.get(name, (0.0, 0.0)) for name in spec.detectors])
    middle = (chips.max(axis=0) + chips.min(axis=0)) / 2
    x, y = (np.array(_CHIPS.get(detector, (0.0, 0.0))) - middle) * _PITCH * np.array(spec.shape[::-1])
    return float(x), float(y)


def _dither(spec: MosaicSpec, random: np.random.Generator) -> tuple[float, float]:
    """Draw the offset of a dither: whole pixels and a part between a tenth and nine tenths of one."""
    x, y = np.trunc(random.uniform(-spec.dither_size, spec.dither_size, 2)) + random.uniform(0.1, 0.9, 2)
    return float(x), float(y)


def _sky(
    spec: MosaicSpec, detector: str, middle: np.ndarray[tuple[int], np.dtype[np.float64]], rotation: float
) -> TangentSky:
    """Place a detector: ``middle`` is where the middle of all chips looks, in unrotated pixels."""
    scale = pixel_scale(detector)
    frame = TangentSky((0.0, 0.0), spec.centre, scale, spec.rotation)
    turned = TangentSky((0.0, 0.0), spec.centre, scale, rotation)
    east, north = np.add(frame.to_plane(*middle), turned.to_plane(*_chip_offset(spec, detector)))
    ra, dec = plane_to_sky(east, north, spec.centre)
    reference = (spec.shape[1] - 1) / 2, (spec.shape[0] - 1) / 2
    distortion = detector_distortion(spec, detector)
    return TangentSky(reference, (float(ra), float(dec)), scale, rotation, distortion)
