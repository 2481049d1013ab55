"""Scenes with known truth: stars on a smooth gradient, with noise that is known too."""

from dataclasses import dataclass

import numpy as np
import pytest

from mkrefs.api import PIXEL_DQ
from mkrefs.testing import ArrayImage
from mkrefs_imaging.fix_bad_pixels.correction import FixBadPixelsCorrection
from mkrefs_imaging.fix_bad_pixels.parameters import FixBadPixelsParameters

SHAPE = (96, 80)
BAD = PIXEL_DQ["DO_NOT_USE"]


def gaussian(x0: float, y0: float, fwhm: float, shape=SHAPE) -> np.ndarray:
    y, x = np.indices(shape)
    return np.exp(-4 * np.log(2) * ((x - x0) ** 2 + (y - y0) ** 2) / fwhm**2)


@dataclass(frozen=True)
class Scene:
    truth: np.ndarray
    sigma: np.ndarray

    def cube(self, nints: int, seed: int = 1) -> np.ndarray:
        noise = np.random.default_rng(seed).normal(0, 1, (nints, *self.truth.shape))
        return (self.truth + self.sigma * noise).astype(np.float32)

    def image(self, data, bad=None, *, nan=True, name="jw01_nrcalong_calints.fits", **header) -> ArrayImage:
        """An image of data, with the pixels ``bad`` flagged and NaN or, without ``nan``, absurdly high."""
        data = np.array(data)
        dq = np.zeros(data.shape, np.uint32)
        if bad is not None:
            dq[bad] = BAD
            data[bad] = np.nan if nan else 1e6
        err = np.broadcast_to(self.sigma, data.shape)
        return ArrayImage(data, err=err, dq=dq, header=header, name=name)


@pytest.fixture(scope="session")
def scene() -> Scene:
    """Stars of four widths on a gradient that differs along x and y; shot noise on top of a floor."""
    y, x = np.indices(SHAPE)
    truth = 10 + 0.05 * x - 0.02 * y + 0.0005 * x * y
    for x0, y0, fwhm in ((20.3, 22.1, 4.0), (60.0, 20.5, 3.0), (22.5, 70.2, 2.5), (58.4, 72.0, 2.0)):
        truth = truth + 800 * gaussian(x0, y0, fwhm)
    return Scene(truth, np.sqrt(0.25 + 0.01 * truth))


@pytest.fixture
def correct(tmp_path_factory):
    """Correct one image."""

    def run(image, **parameters):
        folder = tmp_path_factory.mktemp("correction")
        return FixBadPixelsCorrection().correct({"I1": image}, FixBadPixelsParameters(**parameters), folder)

    return run
