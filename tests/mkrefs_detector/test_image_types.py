"""What is made from darks is not made from flats."""

import numpy as np
import pytest

from mkrefs.api import UserError
from mkrefs.testing import ArrayRamp, DetectorTruth, ExposureSpec, exposure_metadata
from mkrefs_detector.readnoise.creator import ReadnoiseCreator
from mkrefs_detector.superbias.creator import SuperbiasCreator


@pytest.mark.parametrize("creator", [ReadnoiseCreator, SuperbiasCreator])
def test_flats_are_refused(creator):
    metadata = exposure_metadata(DetectorTruth("NRCB1", "SUB64P"), ExposureSpec(ngroups=4))
    flat = ArrayRamp(np.zeros((1, 4, 64, 64)), metadata, name="flat.fits")
    with pytest.raises(UserError, match=r"flat.fits has the role F1, but the file is made from darks; let"):
        creator().create({"D1": flat, "F1": flat}, creator.Parameters())
