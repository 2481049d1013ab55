"""Simulates mosaics of calibrated images: one scene, and what exposures and detectors add to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from mkrefs.instruments.detectors import DETECTORS
from mkrefs.instruments.dq import PIXEL_DQ
from mkrefs.testing.array_image import ArrayImage
from mkrefs.testing.blemishes import draw_bad_pixels, draw_flat, draw_hits
from mkrefs.testing.image_header import ImageFacts, image_header
from mkrefs.testing.mosaic_spec import MosaicSpec
from mkrefs.testing.pointings import Pointing, extent, pixel_scale, pointings
from mkrefs.testing.random_fields import generator
from mkrefs.testing.sky_scene import SkyScene, star_sigma
from mkrefs.testing.stripes import Stripes, draw_stripes, steady_ripple
from mkrefs.testing.tangent_sky import TangentSky

_REFERENCE_PIXELS = 4
_REFERENCE = PIXEL_DQ["DO_NOT_USE"] | PIXEL_DQ["REFERENCE_PIXEL"]
_Image = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class ImageTruth:
    """What one image is made of, MJy/sr; all maps have the shape (nrows, ncols).

    A flat-fielded image is ``scene + background + (stripes + vertical_stripes + ripple + noise) / flat``, one
    that was not is that times ``flat``; cosmic rays and bad pixels are added.

    Attributes
    ----------
    level : float
        Level offset.
    slope_x, slope_y : float
        Of a plane about the middle of the array, per pixel.
    lyot_level : float
        What the region of the coronagraph has besides ``level``.
    sky_level : float
        The uniform sky.
    background : ndarray of float64
        Sky, level, plane, and the level of the coronagraph.
    stripes, vertical_stripes, ripple : ndarray of float32
        The patterns of the read-out, along the fast axis, along the slow axis, and the one that stays.
    scene : ndarray of float32
        Stars and extended source as these pixels see them, without noise.
    extended : ndarray of float32
        The extended source alone.
    flat : ndarray of float32
        The flat field; 1 where there is none.
    cosmic_rays, bad_pixels : ndarray of bool
        Pixels touched, and bad ones; reference pixels are neither.
    sigma : float
        Noise of a pixel without the shot noise of the scene, before the flat field.
    sky : TangentSky
        Where the pixels look.
    """

    level: float
    slope_x: float
    slope_y: float
    lyot_level: float
    sky_level: float
    background: NDArray[np.float64]
    stripes: _Image
    vertical_stripes: _Image
    ripple: _Image
    scene: _Image
    extended: _Image
    flat: _Image
    cosmic_rays: NDArray[np.bool_]
    bad_pixels: NDArray[np.bool_]
    sigma: float
    sky: TangentSky


@dataclass(frozen=True, slots=True)
class Mosaic:
    """A simulated mosaic.

    Attributes
    ----------
    spec : MosaicSpec
        What was asked for.
    images : mapping of str to ArrayImage
        By role, ``I1``, ``I2`` ... in order of time, as a correction gets them.
    truth : mapping of str to ImageTruth
        What they are made of, by role.
    """

    spec: MosaicSpec
    images: Mapping[str, ArrayImage]
    truth: Mapping[str, ImageTruth]


@dataclass(frozen=True, slots=True)
class _Detector:
    """What stays the same in all images of a detector."""

    flat: _Image
    bad: NDArray[np.bool_]
    wild: _Image
    ripple: _Image
    slowaxis: int
    amplifiers: bool


def simulate_mosaic(spec: MosaicSpec) -> Mosaic:
    """Simulate a mosaic in memory.

    Parameters
    ----------
    spec : MosaicSpec
        What to simulate.

    Returns
    -------
    Mosaic
        The images, and their truth.
    """
    detectors = {name: _detector(spec, name) for name in spec.detectors}
    places = pointings(spec)
    levels = _levels(spec, len(places))
    images: dict[str, ArrayImage] = {}
    truth: dict[str, ImageTruth] = {}
    for number, (place, level) in enumerate(zip(places, levels, strict=True), start=1):
        random = generator(spec.seed, "image", number)
        role = f"I{number}"
        truth[role], strange = _truth(spec, place, detectors[place.detector], level, random)
        images[role] = _image(spec, place, truth[role], strange, random)
    return Mosaic(spec, MappingProxyType(images), MappingProxyType(truth))


def _detector(spec: MosaicSpec, name: str) -> _Detector:
    hardware = DETECTORS[name]
    _, slowaxis = spec.axes or (hardware.fastaxis, hardware.slowaxis)
    random = generator(spec.seed, "mosaic detector", name)
    flat = draw_flat(random, spec.shape, spec.flat)
    bad, wild = draw_bad_pixels(random, spec.shape, spec.bad_pixels)
    ripple = steady_ripple(spec.shape, slowaxis, spec.ripple, random.uniform(0, 2 * np.pi))
    return _Detector(flat, bad, wild, ripple, slowaxis, hardware.instrument != "MIRI")


def _levels(spec: MosaicSpec, count: int) -> NDArray[np.float64]:
    """Draw level, slopes and level of the coronagraph of each image, shape (count, 4)."""
    random = generator(spec.seed, "levels")
    drawn = random.standard_normal((count, 4))
    if count > 1:
        drawn = (drawn - drawn.mean(axis=0)) / drawn.std(axis=0)
    nrows, ncols = spec.shape
    lyot = 0.0 if spec.lyot is None else spec.level
    return drawn * (spec.level, 2 * spec.slope / ncols, 2 * spec.slope / nrows, lyot)


def _truth(
    spec: MosaicSpec,
    place: Pointing,
    detector: _Detector,
    level: NDArray[np.float64],
    random: np.random.Generator,
) -> tuple[ImageTruth, _Image]:
    """Make the truth of an image, and what cosmic rays and bad pixels add to it."""
    extended, scene = _scene(spec, place.sky)
    stripes = _stripes(spec, detector, random)
    hits = draw_hits(random, spec.shape, spec.cosmic_rays)
    border = _border(spec)
    made = ImageTruth(
        level=float(level[0]),
        slope_x=float(level[1]),
        slope_y=float(level[2]),
        lyot_level=float(level[3]),
        sky_level=spec.sky_level,
        background=_background(spec, level),
        stripes=stripes.along_fast,
        vertical_stripes=stripes.along_slow,
        ripple=detector.ripple,
        scene=scene,
        extended=extended,
        flat=detector.flat,
        cosmic_rays=(hits > 0) & ~border,
        bad_pixels=detector.bad & ~border,
        sigma=spec.noise,
        sky=place.sky,
    )
    return made, np.where(border, np.float32(np.nan), hits + detector.wild)


def _scene(spec: MosaicSpec, sky: TangentSky) -> tuple[_Image, _Image]:
    pixel = pixel_scale(spec.detectors[0])
    sigma = star_sigma(spec.psf_fwhm, pixel)
    stars = spec.stars * spec.tiles[0] * spec.tiles[1]
    scene = SkyScene(extent(spec), pixel, spec.source, stars, spec.star_peak, sigma, spec.seed)
    frame = TangentSky((0.0, 0.0), spec.centre, 1.0, spec.rotation)
    y, x = np.mgrid[0.0 : spec.shape[0], 0.0 : spec.shape[1]]
    u, v = frame.to_pixel(*sky.to_sky(x, y))
    extended = scene.extended(u, v)
    star_u, star_v, _ = scene.star_catalogue()
    whole = extended.copy()
    scene.add_stars(whole, u, v, sky.to_pixel(*frame.to_sky(star_u, star_v)))
    return extended.astype(np.float32), whole.astype(np.float32)


def _stripes(spec: MosaicSpec, detector: _Detector, random: np.random.Generator) -> Stripes:
    return draw_stripes(
        random,
        spec.shape,
        slowaxis=detector.slowaxis,
        rms=spec.stripes,
        common=spec.stripes_common,
        exponent=spec.stripes_exponent,
        vertical_rms=spec.vertical_stripes,
        amplifiers=detector.amplifiers,
    )


def _background(spec: MosaicSpec, values: NDArray[np.float64]) -> NDArray[np.float64]:
    level, slope_x, slope_y, lyot = values
    y, x = (np.arange(size) - (size - 1) / 2 for size in spec.shape)
    background = spec.sky_level + level + slope_y * y[:, None] + slope_x * x[None, :]
    if spec.lyot is not None:
        left, right, bottom, top = spec.lyot
        background[bottom:top, left:right] += lyot
    return np.asarray(background, dtype=np.float64)


def _border(spec: MosaicSpec) -> NDArray[np.bool_]:
    border = np.zeros(spec.shape, dtype=np.bool_)
    if spec.reference_pixels:
        border[:] = True
        border[_REFERENCE_PIXELS:-_REFERENCE_PIXELS, _REFERENCE_PIXELS:-_REFERENCE_PIXELS] = False
    return border


def _image(
    spec: MosaicSpec, place: Pointing, truth: ImageTruth, strange: _Image, random: np.random.Generator
) -> ArrayImage:
    divisor = truth.flat if spec.flat_fielded else np.float32(1.0)
    variance = (spec.noise**2 + spec.shot_noise * truth.scene).astype(np.float32)
    err = np.sqrt(variance)
    noise = err * random.standard_normal(spec.shape, dtype=np.float32)
    pattern = truth.stripes + truth.vertical_stripes + truth.ripple
    seen = truth.flat * (truth.scene + truth.background)
    data = ((seen + pattern + noise) / divisor + strange).astype(np.float32)
    dq = np.where(truth.bad_pixels, PIXEL_DQ["DO_NOT_USE"], 0).astype(np.uint32)
    dq[_border(spec)] = _REFERENCE
    unknown = np.isnan(data)
    variances = {
        "var_rnoise": np.full(spec.shape, spec.noise**2) / divisor**2,
        "var_poisson": spec.shot_noise * truth.scene / divisor**2,
        "var_flat": np.zeros(spec.shape),
    }
    facts = _facts(spec, place)
    return ArrayImage(
        data,
        err=np.where(unknown, np.nan, err / divisor),
        dq=dq,
        arrays={
            **{name: np.where(unknown, np.nan, array) for name, array in variances.items()},
            "area": np.ones(spec.shape),
        },
        sky=place.sky,
        header=image_header(facts, flat_name(place.detector) if spec.flat_fielded else None),
        flat=truth.flat if spec.flat_fielded else None,
        name=f"{facts.name}_cal.fits",
        exposure=facts.name,
    )


def flat_name(detector: str) -> str:
    """Give the place of the flat field of a detector, beside the images it belongs to."""
    return f"references/flat_{detector.lower()}.fits"


def _facts(spec: MosaicSpec, place: Pointing) -> ImageFacts:
    return ImageFacts(
        detector=place.detector,
        shape=spec.shape,
        sky=place.sky,
        start=place.start,
        program=spec.program,
        observation=spec.observation,
        visit=place.visit,
        exposure=place.exposure,
        dither=place.exposure,
        dithers=spec.backgrounds if place.background else spec.dithers,
        background=place.background,
        axes=spec.axes,
        filter=spec.filter,
        pupil=spec.pupil,
    )
