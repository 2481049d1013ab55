"""The sky of single images: where no source is, how bright it is, and how noisy a pixel."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mkrefs_imaging.masks import source_mask
from mkrefs_imaging.statistics.clipped import clipped_statistics

#: Passes of the clip that gives the threshold of a source; later ones change next to nothing.
MASK_PASSES = 5
_CLIP_SIGMA, _CLIP_PASSES = 3.0, 10
_PLANE_PASSES = 5
_HALF = 0.5
# A plane needs no more pixels than this.
_MOST_PIXELS = 300_000


class Sky(Protocol):
    """The sky of an image."""

    @property
    def level(self) -> float:
        """Its usual brightness, in the unit of the image."""

    @property
    def scatter(self) -> float:
        """Clipped standard deviation of the pixels about it."""

    @property
    def sources(self) -> NDArray[np.bool_]:
        """Sources, which tell nothing of it, shape (nrows, ncols)."""

    def image(self, rows: slice = ...) -> NDArray[np.floating]:
        """Give the brightness of rows, shape (nrows, ncols)."""


@dataclass(frozen=True, slots=True)
class PlaneSky:
    """A sky that is a plane.

    Attributes
    ----------
    slope_x, slope_y : float
        What it gains from the middle to the right and to the upper edge.
    level, scatter, sources
        As for `Sky`; the level is that in the middle.
    """

    level: float
    slope_x: float
    slope_y: float
    scatter: float
    sources: NDArray[np.bool_]

    def image(self, rows: slice = slice(None)) -> NDArray[np.float64]:
        """Give the brightness of rows, shape (nrows, ncols)."""
        y, x = _coordinates(self.sources.shape)
        return np.asarray(self.level + self.slope_x * x[None, :] + self.slope_y * y[rows, None])


@dataclass(frozen=True, slots=True)
class MappedSky:
    """A sky that is known at each pixel.

    Attributes
    ----------
    brightness : ndarray of float32, shape (nrows, ncols)
        What the pixels see.
    level, scatter, sources
        As for `Sky`.
    """

    brightness: NDArray[np.float32]
    level: float
    scatter: float
    sources: NDArray[np.bool_]

    def image(self, rows: slice = slice(None)) -> NDArray[np.float32]:
        """Give the brightness of rows, shape (nrows, ncols)."""
        return self.brightness[rows]


def measure_sky(
    flattened: NDArray[np.floating],
    *,
    sigma: float,
    npixels: int,
    dilate_size: int,
    smooth_size: int,
    plane: bool,
) -> PlaneSky:
    """Find the sources of an image, and the level of the sky beside them.

    Parameters
    ----------
    flattened : ndarray of float, shape (nrows, ncols)
        The image, divided by a flat; NaN where it is not usable.
    sigma, npixels, dilate_size : float, int, int
        As for `mkrefs_imaging.masks.source_mask`.
    smooth_size : int
        Width of the box by which the image is smoothed to find what is faint but extended; 1 or less for
        none.
    plane : bool
        Allow for a slope.

    Returns
    -------
    PlaneSky
        With a level of NaN if there is nothing but sources.
    """
    good = np.isfinite(flattened)
    sources = source_mask(
        flattened, good, sigma=sigma, npixels=npixels, dilate_size=dilate_size, max_iters=MASK_PASSES
    )
    if smooth_size > 1:
        smooth = _smoothed(flattened, good & ~sources, smooth_size)
        sources |= source_mask(
            smooth, sigma=sigma, npixels=smooth_size**2, dilate_size=dilate_size, max_iters=MASK_PASSES
        )
    found = clipped_statistics(flattened[good & ~sources], sigma=_CLIP_SIGMA, max_iters=_CLIP_PASSES)
    if not plane or not np.isfinite(found.median):
        return PlaneSky(found.median, 0.0, 0.0, found.scatter, sources)
    level, slope_x, slope_y, scatter = _fit_plane(flattened, good & ~sources)
    return PlaneSky(level, slope_x, slope_y, scatter, sources)


def _smoothed(image: NDArray[np.floating], used: NDArray[np.bool_], size: int) -> NDArray[np.float64]:
    """Give the mean of the pixels that count in a box around each; NaN where fewer than half do."""
    weight = ndimage.uniform_filter(used.astype(np.float64), size, mode="constant")
    total = ndimage.uniform_filter(np.where(used, image, 0.0).astype(np.float64), size, mode="constant")
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(weight > _HALF, total / weight, np.nan)


def _coordinates(shape: tuple[int, ...]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Give rows and columns from -1 at one edge to 1 at the other."""
    y, x = (np.linspace(-1.0, 1.0, size) for size in shape)
    return y, x


def _fit_plane(image: NDArray[np.floating], used: NDArray[np.bool_]) -> tuple[float, float, float, float]:
    """Fit a plane by least squares, with outliers left out pass by pass."""
    row, column = np.nonzero(used)
    step = row.size // _MOST_PIXELS + 1
    row, column = row[::step], column[::step]
    y, x = _coordinates(image.shape)
    values = image[row, column].astype(np.float64)
    terms = np.stack([np.ones(values.size), x[column], y[row]], axis=-1)
    kept = np.ones(values.size, dtype=np.bool_)
    for _ in range(_PLANE_PASSES):
        found = np.linalg.lstsq(terms[kept], values[kept], rcond=None)[0]
        residual = values - terms @ found
        centre, scatter = float(np.median(residual[kept])), float(residual[kept].std())
        kept = np.abs(residual - centre) <= _CLIP_SIGMA * scatter
    level, slope_x, slope_y = (float(value) for value in found)
    return level, slope_x, slope_y, scatter
