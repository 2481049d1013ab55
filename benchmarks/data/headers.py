"""Primary headers of calibrated products, as the pipeline hands them on from the exposure."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from astropy.io import fits

from mkrefs.instruments.pipeline_steps import DONE_KEYWORDS
from mkrefs.testing import DetectorTruth, ExposureSpec
from mkrefs.testing.exposures import exposure_header, write_exposure


def primary_header(truth: DetectorTruth, spec: ExposureSpec, done: Sequence[str]) -> fits.Header:
    """Give the primary header of a product of a simulated exposure.

    Parameters
    ----------
    truth : DetectorTruth
        The detector.
    spec : ExposureSpec
        The exposure.
    done : sequence of str
        Steps that the header calls COMPLETE.
    """
    with TemporaryDirectory() as folder:
        path = Path(folder) / "exposure.fits"
        write_exposure(path, np.zeros((1, 1, 4, 4), np.uint16), exposure_header(truth, spec))
        header = fits.getheader(path)
    for step in done:
        header[DONE_KEYWORDS[step]] = "COMPLETE"
    return header
