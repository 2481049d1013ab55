"""Simulates coronagraphic exposures of known shifts: a star, its reference, and backgrounds."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mkrefs.instruments.dq import PIXEL_DQ
from mkrefs.testing.array_image import ArrayImage
from mkrefs.testing.blemishes import draw_bad_pixels, draw_hits
from mkrefs.testing.coronagraph_psf import star_behind_mask
from mkrefs.testing.coronagraph_spec import CoronagraphSpec
from mkrefs.testing.image_files import write_image
from mkrefs.testing.image_header import ImageFacts, image_header
from mkrefs.testing.random_fields import generator
from mkrefs.testing.tangent_sky import TangentSky

_DETECTOR = "NRCALONG"
_SCALE = 0.063
_MASK_SHAPE = (320, 320)
# NRCA5_MASK335R in the aperture file PRDOPSSOC-075 is at (150.2, 174.6), the first pixel being (1, 1).
_MASK_CENTRE = (149.2, 173.6)
_STARS = ((150.1, 2.2), (151.3, 1.1))
_EXPOSURE_TIME = timedelta(minutes=20)
_KEYWORDS = {
    "EXP_TYPE": "NRC_CORON",
    "FILTER": "F444W",
    "PUPIL": "MASKRND",
    "CORONMSK": "MASKA335R",
    "APERNAME": "NRCA5_MASK335R",
    "PPS_APER": "NRCA5_MASK335R",
    "SUBARRAY": "SUB320A335R",
    "SUBSTRT1": 492,
    "SUBSTRT2": 1502,
    "NOUTPUTS": 1,
}


@dataclass(frozen=True, slots=True)
class CoronagraphTruth:
    """What a cube is made of.

    Attributes
    ----------
    kind : str
        ``SCI``, ``REF``, ``SCI_BG`` or ``REF_BG``.
    mask_centre : (float, float)
        Pixel (x, y) of the middle of the mask.
    shifts : ndarray of float64, shape (nints, 2)
        Shift of the star from there along x and y in each integration; NaN where there is no star.
    clean : ndarray of float32, shape (nints, nrows, ncols)
        The cube without noise, bad pixels and cosmic rays.
    background : ndarray of float32, shape (nrows, ncols)
        What a background exposure sees.
    bad_pixels : ndarray of bool, shape (nrows, ncols)
        Pixels that are bad in all integrations.
    cosmic_rays : ndarray of bool, shape (nints, nrows, ncols)
        Pixels touched.
    sigma : float
        Noise of a pixel.
    """

    kind: str
    mask_centre: tuple[float, float]
    shifts: NDArray[np.float64]
    clean: NDArray[np.float32]
    background: NDArray[np.float32]
    bad_pixels: NDArray[np.bool_]
    cosmic_rays: NDArray[np.bool_]
    sigma: float

    @property
    def star(self) -> NDArray[np.float64]:
        """Pixel (x, y) of the star in each integration, shape (nints, 2)."""
        return self.shifts + self.mask_centre


@dataclass(frozen=True, slots=True)
class Coronagraph:
    """A simulated set of coronagraphic exposures.

    Attributes
    ----------
    spec : CoronagraphSpec
        What was asked for.
    images : mapping of str to ArrayImage
        Cubes by role, ``I1``, ``I2`` ... in order of time.
    truth : mapping of str to CoronagraphTruth
        What they are made of, by role.
    """

    spec: CoronagraphSpec
    images: Mapping[str, ArrayImage]
    truth: Mapping[str, CoronagraphTruth]


@dataclass(frozen=True, slots=True)
class _Exposure:
    """Kind, visit, number within the visit, how many the visit has, and place in the small grid."""

    kind: str
    visit: int
    number: int
    count: int
    grid: tuple[float, float] = (0.0, 0.0)

    @property
    def reference(self) -> bool:
        return self.kind.startswith("REF")

    @property
    def background(self) -> bool:
        return self.kind.endswith("_BG")


def simulate_coronagraph(spec: CoronagraphSpec) -> Coronagraph:
    """Simulate coronagraphic exposures in memory.

    Parameters
    ----------
    spec : CoronagraphSpec
        What to simulate.

    Returns
    -------
    Coronagraph
        The cubes, and their truth.
    """
    images: dict[str, ArrayImage] = {}
    truth: dict[str, CoronagraphTruth] = {}
    for order, exposure in enumerate(_exposures(spec)):
        random = generator(spec.seed, "coronagraph", order)
        role = f"I{order + 1}"
        truth[role], strange = _truth(spec, exposure, random)
        images[role] = _image(spec, exposure, order, truth[role], strange, random)
    return Coronagraph(spec, MappingProxyType(images), MappingProxyType(truth))


def write_coronagraph(coronagraph: Coronagraph, folder: Path) -> list[Path]:
    """Write the cubes as ``_calints.fits`` files.

    Parameters
    ----------
    coronagraph : Coronagraph
        The exposures.
    folder : Path
        Made when missing.

    Returns
    -------
    list of Path
        The files, in order of time.

    Raises
    ------
    mkrefs.errors.UserError
        If a file cannot be written.
    """
    return [write_image(image, folder) for image in coronagraph.images.values()]


def coronagraph_centre(spec: CoronagraphSpec) -> tuple[float, float]:
    """Give the pixel (x, y) of the middle of the mask; the first is (0, 0)."""
    if spec.mask_centre is not None:
        return spec.mask_centre
    if spec.shape == _MASK_SHAPE:
        return _MASK_CENTRE
    return (spec.shape[1] - 1) / 2 + 0.3, (spec.shape[0] - 1) / 2 + 0.2


def _exposures(spec: CoronagraphSpec) -> Iterator[_Exposure]:
    visit = 0
    for _ in range(spec.rolls):
        visit += 1
        yield _Exposure("SCI", visit, 1, 1)
    visit += 1
    for number in range(spec.references):
        # The middle first, then the corners of a square.
        angle = np.pi / 4 + np.pi / 2 * number
        step = spec.grid * np.sqrt(2) if number else 0.0
        place = float(step * np.cos(angle)), float(step * np.sin(angle))
        yield _Exposure("REF", visit, number + 1, spec.references, place)
    for kind in ("SCI_BG", "REF_BG"):
        visit += 1
        for number in range(spec.backgrounds):
            yield _Exposure(kind, visit, number + 1, spec.backgrounds)


def _truth(
    spec: CoronagraphSpec, exposure: _Exposure, random: np.random.Generator
) -> tuple[CoronagraphTruth, NDArray[np.float32]]:
    """Make the truth of a cube, and what cosmic rays and bad pixels add to it."""
    centre, shape = coronagraph_centre(spec), (spec.integrations, *spec.shape)
    shifts = np.full((spec.integrations, 2), np.nan)
    background = _background(spec)
    clean = np.broadcast_to(background, shape).astype(np.float32)
    if not exposure.background:
        shifts = spec.offset * random.standard_normal(2) + exposure.grid
        shifts = shifts + spec.jitter * random.standard_normal((spec.integrations, 2))
        changes = spec.speckle_change * random.standard_normal(spec.speckles)
        bright = spec.reference_brightness if exposure.reference else 1.0
        for plane, (x, y) in zip(clean, shifts, strict=True):
            plane += bright * star_behind_mask(spec, (centre[0] + x, centre[1] + y), centre, changes=changes)
    hits = np.stack([draw_hits(random, spec.shape, spec.cosmic_rays) for _ in range(spec.integrations)])
    bad, wild = draw_bad_pixels(generator(spec.seed, "coronagraph detector"), spec.shape, spec.bad_pixels)
    made = CoronagraphTruth(exposure.kind, centre, shifts, clean, background, bad, hits > 0, spec.noise)
    return made, 10 * spec.noise * hits + wild


def _background(spec: CoronagraphSpec) -> NDArray[np.float32]:
    x, y = (np.linspace(-1, 1, size) for size in spec.shape[::-1])
    shape = 1 + 0.2 * x[None, :] - 0.1 * y[:, None] + 0.15 * np.cos(4 * x[None, :] + 3 * y[:, None])
    return np.asarray(spec.background * shape, dtype=np.float32)


def _image(
    spec: CoronagraphSpec,
    exposure: _Exposure,
    order: int,
    truth: CoronagraphTruth,
    strange: NDArray[np.float32],
    random: np.random.Generator,
) -> ArrayImage:
    shape = truth.clean.shape
    noise = spec.noise * random.standard_normal(shape, dtype=np.float32)
    data = (truth.clean + noise + strange).astype(np.float32)
    err = np.where(np.isnan(data), np.float32(np.nan), np.float32(spec.noise))
    dq = np.broadcast_to(np.where(truth.bad_pixels, PIXEL_DQ["DO_NOT_USE"], 0), shape)
    facts, header = _header(spec, exposure, order, shape)
    return ArrayImage(
        data,
        err=err,
        dq=dq,
        arrays={"var_rnoise": err**2, "var_poisson": 0 * err, "area": np.ones(spec.shape)},
        sky=facts.sky,
        header=header,
        name=f"{facts.name}_calints.fits",
        exposure=facts.name,
    )


def _header(
    spec: CoronagraphSpec, exposure: _Exposure, order: int, shape: tuple[int, ...]
) -> tuple[ImageFacts, dict[str, Any]]:
    roll = spec.roll_step * (exposure.visit - 1 if exposure.kind == "SCI" else 0)
    ra, dec = _STARS[exposure.reference]
    sky = TangentSky(coronagraph_centre(spec), (ra, dec + 0.02 * exposure.background), _SCALE, 25.0 + roll)
    facts = ImageFacts(
        detector=_DETECTOR,
        shape=shape,
        sky=sky,
        start=spec.start + order * _EXPOSURE_TIME,
        program=spec.program,
        visit=exposure.visit,
        exposure=exposure.number,
        dither=exposure.number,
        dithers=exposure.count,
        background=exposure.background,
        psf_reference=exposure.reference,
    )
    target = "REFERENCE" if exposure.reference else "STAR"
    named = f"{target}-BACKGROUND" if exposure.background else target
    return facts, {**image_header(facts, None), **_KEYWORDS, "S_FLAT": "COMPLETE", "TARGPROP": named}
