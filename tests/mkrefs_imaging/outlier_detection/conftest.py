"""A small mosaic of stars with cosmic rays: two detectors side by side, four dithers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from mkrefs.api import CalibratedImage
from mkrefs.testing.array_image import ArrayImage
from mkrefs.testing.tangent_sky import TangentSky

SIZE = 96
SKY, NOISE = 2.0, 0.05
DITHERS = ((0.0, 0.0), (3.3, 5.6), (-4.2, 2.9), (6.1, -3.7))
DETECTORS = ("NRCALONG", "NRCBLONG")


@dataclass(frozen=True)
class Field:
    """Images by role, and where the cosmic rays are."""

    images: Mapping[str, CalibratedImage]
    rays: Mapping[str, NDArray[np.bool_]]


def sky_of(detector: int, dither: tuple[float, float], rotation: float = 0.0) -> TangentSky:
    """Give the way to the sky of a detector in a dither."""
    corner = (SIZE / 2 - detector * (SIZE + 6), SIZE / 2)
    return TangentSky((corner[0] + dither[0], corner[1] + dither[1]), rotation=rotation)


def star_light(sky: TangentSky, *, fwhm: float, flux: float) -> NDArray[np.float64]:
    """Give stars as the pixels of an image see them: samples of Gaussians, undersampled if narrow."""
    rng = np.random.default_rng(5)
    reference = TangentSky((SIZE / 2, SIZE / 2))
    ra, dec = reference.to_sky(rng.uniform(-SIZE, SIZE, 60), rng.uniform(0, SIZE, 60))
    y, x = np.mgrid[0:SIZE, 0:SIZE]
    light = np.zeros((SIZE, SIZE))
    for px, py in zip(*sky.to_pixel(ra, dec), strict=True):
        light += flux * np.exp(-((x - px) ** 2 + (y - py) ** 2) / (2 * (fwhm / 2.355) ** 2))
    return light


def header_of(detector: int, dither: int) -> dict[str, Any]:
    """Give keywords that tell exposures and detectors apart."""
    return {
        "INSTRUME": "NIRCAM",
        "DETECTOR": DETECTORS[detector],
        "EXP_TYPE": "NRC_IMAGE",
        "FILTER": "F444W",
        "PUPIL": "CLEAR",
        "PROGRAM": "01234",
        "OBSERVTN": "001",
        "VISIT": "001",
        "VISITGRP": "02",
        "SEQ_ID": "1",
        "ACT_ID": "01",
        "EXPOSURE": f"{dither + 1:05d}",
        "XPOSURE": 311.0,
        "DATE-OBS": "2024-01-01",
        "TIME-OBS": f"0{dither}:00:00.0",
    }


def make_field(*, fwhm: float = 2.4, flux: float = 20.0, ray_share: float = 0.004) -> Field:
    """Make the mosaic; a pixel hit by a cosmic ray has 60 sigma more."""
    images, rays = {}, {}
    for dither, offset in enumerate(DITHERS):
        for detector in range(len(DETECTORS)):
            rng = np.random.default_rng([dither, detector])
            sky = sky_of(detector, offset, rotation=0.01 * dither)
            hit = rng.random((SIZE, SIZE)) < ray_share
            data = SKY + star_light(sky, fwhm=fwhm, flux=flux) + rng.normal(0, NOISE, (SIZE, SIZE))
            data[hit] += 60 * NOISE
            dq = np.zeros((SIZE, SIZE), dtype=np.uint32)
            dq[:, 10], data[:, 10] = 1, np.nan
            err = np.full((SIZE, SIZE), NOISE)
            role = f"I{len(images) + 1}"
            variance = np.full((SIZE, SIZE), NOISE**2)
            name = f"jw01234001001_02101_{dither + 1:05d}_{DETECTORS[detector].lower()}_cal.fits"
            arrays = {"var_rnoise": variance, "var_poisson": variance, "var_flat": np.zeros_like(variance)}
            images[role] = ArrayImage(
                data, err=err, dq=dq, arrays=arrays, sky=sky, header=header_of(detector, dither), name=name
            )
            rays[role] = hit
    return Field(images, rays)


@pytest.fixture(scope="session")
def field() -> Field:
    """Give the mosaic with well sampled stars."""
    return make_field()


@pytest.fixture(scope="session")
def stormy_field() -> Field:
    """Give a mosaic with ten times as many cosmic rays."""
    return make_field(ray_share=0.05)


@pytest.fixture(scope="session")
def sharp_field() -> Field:
    """Give a mosaic with undersampled stars."""
    return make_field(fwhm=1.3)
