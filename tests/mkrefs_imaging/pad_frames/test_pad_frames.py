"""Margins around frames."""

from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from mkrefs.testing import ArrayImage
from mkrefs_imaging.pad_frames.correction import PadFramesCorrection
from mkrefs_imaging.pad_frames.parameters import PadParameters


def pad(image, **parameters):
    return PadFramesCorrection().correct({"I1": image}, PadParameters(**parameters), Path())


def image(shape=(2, 4, 5), **header):
    return ArrayImage(np.arange(float(np.prod(shape))).reshape(shape), header=header, name="jw1_calints.fits")


@pytest.mark.parametrize(("npix", "sides"), [(3, (3, 3, 3, 3)), ((1, 2, 3, 4), (1, 2, 3, 4)), (0, (0,) * 4)])
def test_the_margin_is_as_wide_as_told(npix, sides):
    corrected = pad(image(), npix=npix).images["I1"]
    assert corrected.pad == sides
    assert corrected.arrays == {}
    assert corrected.shift == (0.0, 0.0)


def test_one_pixel_of_nan_is_the_default():
    corrected = pad(image()).images["I1"]
    assert corrected.pad == (1, 1, 1, 1)
    assert "nan" in corrected.history[0]


@pytest.mark.parametrize("shape", [(4, 5), (2, 4, 5)])
def test_a_number_fills_the_science_array(shape):
    before = image(shape)
    data = pad(before, npix=(1, 2, 3, 4), cval=-1.5).images["I1"].arrays["data"]
    assert data.shape == (*shape[:-2], 4 + 7, 5 + 3)
    assert np.array_equal(data[..., 3:-4, 1:-2], before.array("data"))
    assert (data[..., :3, :] == -1.5).all()
    assert (data[..., -2:] == -1.5).all()
    assert data.dtype == np.float32


def test_only_named_types_are_padded():
    for header in ({"EXP_TYPE": "NRC_TACQ"}, {"EXP_TYPE": "MIR_TACQ", "IS_PSF": True}):
        corrected = pad(image(**header))
        assert "I1" not in corrected.images
        assert "not among types" in corrected.history[0]
    assert pad(image(EXP_TYPE="NRC_TACQ"), types=("SCI_TA",)).images["I1"].pad == (1, 1, 1, 1)
    assert pad(image(BKGDTARG=True)).images["I1"].pad == (1, 1, 1, 1)
    assert "I1" not in pad(image(BKGDTARG=True), types=("SCI",)).images


def test_nan_survives_json():
    parameters = PadParameters.model_validate_json(PadParameters().model_dump_json())
    assert np.isnan(parameters.cval)
    assert pad(image(), cval=parameters.cval).images["I1"].arrays == {}


def test_too_few_sides_are_told_in_a_sentence():
    with pytest.raises(ValidationError, match=r"must be one number, or four for left, .* not 2"):
        PadParameters(npix=(1, 2))


@pytest.mark.parametrize("npix", [-1, (1, 2), (1, 2, 3, -4), 1.5])
def test_what_is_no_margin_is_refused(npix):
    with pytest.raises(ValidationError):
        PadParameters(npix=npix)
