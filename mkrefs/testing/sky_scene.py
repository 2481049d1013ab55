"""A made-up scene on the sky: an extended source and stars, evaluated wherever a pixel looks.

Places are in arcsec on a plane whose axes are those of the mosaic. Pixels sample the brightness: the profile
of a star is the effective one, pixel included, so that the scene is the same through every WCS.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mkrefs.testing.random_fields import generator

_FWHM_TO_SIGMA = 1 / np.sqrt(8 * np.log(2))
_BLOBS = 6
_FILAMENTS = 3
# A star is drawn within so many of its sigmas.
_STAR_RADIUS = 6.0
_FAINTEST = 1 / 200
_Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SkyScene:
    """The scene of a mosaic.

    Attributes
    ----------
    extent : (float, float)
        Width and height of the mosaic, arcsec.
    pixel : float
        Size of a pixel, arcsec.
    source : float
        Peak of the extended source, MJy/sr.
    stars : int
        Number of stars in the extent.
    star_peak : float
        Peak of the brightest, MJy/sr.
    star_sigma : float
        Width of their profile, arcsec.
    seed : int
        What it all looks like.
    """

    extent: tuple[float, float]
    pixel: float
    source: float
    stars: int
    star_peak: float
    star_sigma: float
    seed: int

    def extended(self, u: _Values, v: _Values) -> _Values:
        """Give the brightness of the extended source: blobs, a core and filaments.

        Parameters
        ----------
        u, v : ndarray
            Places, arcsec.
        """
        random = generator(self.seed, "extended source")
        width, height = self.extent
        brightness = np.zeros_like(u)
        if not self.source:
            return brightness
        for _ in range(_BLOBS):
            brightness += self.source * random.uniform(0.04, 0.2) * self._blob(random, u, v)
        for _ in range(_FILAMENTS):
            brightness += self.source * random.uniform(0.05, 0.15) * self._filament(random, u, v)
        away = np.hypot(u - random.uniform(-0.05, 0.05) * width, v - random.uniform(-0.05, 0.05) * height)
        size = 0.12 * min(width, height)
        # Sersic's profile of index 2, softened over some pixels so that pixels can sample it.
        radius = np.sqrt((away**2 + (4 * self.pixel) ** 2) / (size**2 + (4 * self.pixel) ** 2))
        centre = 4 * self.pixel / np.hypot(size, 4 * self.pixel)
        brightness += self.source * np.exp(-3.67 * (np.sqrt(radius) - np.sqrt(centre)))
        return brightness

    def _blob(self, random: np.random.Generator, u: _Values, v: _Values) -> _Values:
        width, height = self.extent
        place = random.uniform(-0.4, 0.4, 2) * (width, height)
        long, short = np.sort(random.uniform(0.06, 0.2, 2))[::-1] * min(width, height)
        du, dv = _turned(u - place[0], v - place[1], random.uniform(0, np.pi))
        return _gaussian(du / long, dv / short)

    def _filament(self, random: np.random.Generator, u: _Values, v: _Values) -> _Values:
        width, height = self.extent
        place = random.uniform(-0.25, 0.25, 2) * (width, height)
        du, dv = _turned(u - place[0], v - place[1], random.uniform(0, np.pi))
        length = 0.35 * np.hypot(width, height)
        bend = random.uniform(0.03, 0.08) * length * np.sin(2 * np.pi * du / length + random.uniform(0, 6.28))
        breadth = random.uniform(3.0, 8.0) * self.pixel
        return _gaussian((dv - bend) / breadth, du / length)

    def star_catalogue(self) -> tuple[_Values, _Values, _Values]:
        """Give the places u and v of the stars, arcsec, and their peaks, MJy/sr."""
        random = generator(self.seed, "stars")
        u, v = (random.uniform(-0.5, 0.5, self.stars) * size for size in self.extent)
        return u, v, self.star_peak * _FAINTEST ** random.random(self.stars)

    def add_stars(
        self, brightness: NDArray[Any], u: _Values, v: _Values, near: tuple[_Values, _Values]
    ) -> None:
        """Add the stars to an image in place.

        Parameters
        ----------
        brightness : ndarray, shape (nrows, ncols)
            The image.
        u, v : ndarray, shape (nrows, ncols)
            Where its pixels look, arcsec.
        near : (ndarray, ndarray)
            Pixels (x, y) of the stars in the image, at least roughly.
        """
        star_u, star_v, peak = self.star_catalogue()
        reach = int(np.ceil(_STAR_RADIUS * self.star_sigma / self.pixel)) + 1
        around_y, around_x = (axis.ravel() for axis in np.mgrid[-reach : reach + 1, -reach : reach + 1])
        x = np.rint(near[0]).astype(int)[:, None] + around_x
        y = np.rint(near[1]).astype(int)[:, None] + around_y
        star, part = np.nonzero((x >= 0) & (x < brightness.shape[1]) & (y >= 0) & (y < brightness.shape[0]))
        pixels = y[star, part], x[star, part]
        squared = (u[pixels] - star_u[star]) ** 2 + (v[pixels] - star_v[star]) ** 2
        np.add.at(brightness, pixels, peak[star] * np.exp(-0.5 * squared / self.star_sigma**2))


def star_sigma(fwhm: float, pixel: float) -> float:
    """Give the width of a star in arcsec of its full width at half maximum in pixels."""
    return fwhm * pixel * float(_FWHM_TO_SIGMA)


def _gaussian(first: _Values, second: _Values) -> _Values:
    return np.asarray(np.exp(-0.5 * (first**2 + second**2)), dtype=np.float64)


def _turned(u: _Values, v: _Values, angle: float) -> tuple[_Values, _Values]:
    cos, sin = np.cos(angle), np.sin(angle)
    return cos * u + sin * v, cos * v - sin * u
