"""The image of a star behind a coronagraph's mask, as a formula: right at any place between pixels."""

import numpy as np
from numpy.typing import NDArray

from mkrefs.testing.coronagraph_spec import CoronagraphSpec
from mkrefs.testing.random_fields import generator

_FWHM_TO_SIGMA = 1 / np.sqrt(8 * np.log(2))
_HALO_SHARE, _HALO_RADIUS = 0.03, 4.0
_SPECKLE_SHARE, _NEAREST, _FARTHEST = 0.05, 3.0, 45.0
_MASK_POWER = 4
_Pair = tuple[float, float]


def star_behind_mask(
    spec: CoronagraphSpec,
    star: _Pair,
    mask: _Pair,
    *,
    shape: tuple[int, int] | None = None,
    changes: NDArray[np.float64] | None = None,
) -> NDArray[np.float64]:
    """Give the image of a star: core, halo and speckles move with it; the mask that dims them does not.

    Parameters
    ----------
    spec : CoronagraphSpec
        Its peak without a mask, its width, its speckles, and the mask.
    star, mask : (float, float)
        Pixels (x, y) of the star and of the middle of the mask; the first pixel is (0, 0).
    shape : (int, int) or None
        Rows and columns; None takes those of the exposures.
    changes : ndarray or None, shape (nspeckles,)
        Relative changes of the speckles.

    Returns
    -------
    ndarray of float64, shape (nrows, ncols)
        MJy/sr, without noise and background.
    """
    nrows, ncols = shape or spec.shape
    x, y = np.arange(ncols, dtype=np.float64), np.arange(nrows, dtype=np.float64)[:, None]
    radius_squared = (x - star[0]) ** 2 + (y - star[1]) ** 2
    light = np.exp(-0.5 * radius_squared / _sigma(spec) ** 2)
    light += _HALO_SHARE * (1 + radius_squared / _HALO_RADIUS**2) ** -1.5
    light += _speckles(spec, x - star[0], y - star[1], changes)
    from_mask = np.hypot(x - mask[0], y - mask[1]) / spec.mask_radius
    passed = 1 - spec.mask_depth * np.exp(-np.log(2) * from_mask**_MASK_POWER)
    return np.asarray(spec.star * light * passed, dtype=np.float64)


def _sigma(spec: CoronagraphSpec) -> float:
    return spec.psf_fwhm * float(_FWHM_TO_SIGMA)


def _speckles(
    spec: CoronagraphSpec,
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    changes: NDArray[np.float64] | None,
) -> NDArray[np.float64]:
    """Add up Gaussians; as products of a row and a column they are one matrix product."""
    random = generator(spec.seed, "speckles")
    radius = _NEAREST * (_FARTHEST / _NEAREST) ** random.random(spec.speckles)
    angle = random.uniform(0, 2 * np.pi, spec.speckles)
    strength = _SPECKLE_SHARE * random.uniform(0.3, 1.0, spec.speckles) * (_NEAREST / radius)
    if changes is not None:
        strength = strength * (1 + changes)
    width = 2 * _sigma(spec) ** 2
    along_x = np.exp(-((x - (radius * np.cos(angle))[:, None]) ** 2) / width)
    along_y = np.exp(-((y.T - (radius * np.sin(angle))[:, None]) ** 2) / width)
    return np.asarray((along_y * strength[:, None]).T @ along_x, dtype=np.float64)
