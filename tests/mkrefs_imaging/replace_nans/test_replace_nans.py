"""NaNs become a constant; nothing else changes."""

import numpy as np
import pytest
from pydantic import ValidationError

from mkrefs.api import PIXEL_DQ, StatusChange
from mkrefs.testing import ArrayImage
from mkrefs_imaging import mkrefs_corrections
from mkrefs_imaging.replace_nans.correction import ReplaceNansCorrection
from mkrefs_imaging.replace_nans.parameters import ReplaceNansParameters


def correct(image, tmp_path, **parameters):
    return ReplaceNansCorrection().correct({"I1": image}, ReplaceNansParameters(**parameters), tmp_path)


def cube(**header):
    data = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    data[0, 1, 2] = data[1, 2, 3] = np.nan
    dq = np.zeros((2, 3, 4), np.uint32)
    dq[0, 1, 2] = dq[0, 0, 0] = PIXEL_DQ["DO_NOT_USE"]
    return ArrayImage(data, err=np.ones_like(data), dq=dq, header=header)


def test_the_correction_is_registered_and_declares_what_it_fills():
    assert ReplaceNansCorrection in mkrefs_corrections()
    assert ReplaceNansCorrection.changes == {StatusChange.FILL}
    assert ReplaceNansCorrection.planes == "integrations"


def test_defaults_are_the_documented_ones():
    documented = {"cval": 0.0, "types": ("SCI", "SCI_BG", "REF", "REF_BG")}
    assert documented.items() <= ReplaceNansParameters().model_dump().items()


@pytest.mark.parametrize("cval", [0.0, -7.5])
def test_nans_alone_are_replaced_and_counted(tmp_path, cval):
    image = cube()
    made = correct(image, tmp_path, cval=cval).images["I1"]
    assert set(made.arrays) == {"data"}
    missing = np.isnan(image.array("data"))
    np.testing.assert_array_equal(made.arrays["data"], np.where(missing, cval, image.array("data")))
    assert made.arrays["data"].dtype == np.float32
    assert made.results == {"NaNs replaced": 2}
    assert "2 pixels" in made.history[0]


def test_images_are_taken_as_cubes_are(tmp_path):
    made = correct(ArrayImage([[1.0, np.nan]]), tmp_path).images["I1"]
    np.testing.assert_array_equal(made.arrays["data"], [[1.0, 0.0]])


def test_an_image_without_nan_stays(tmp_path):
    made = correct(ArrayImage(np.ones((3, 3))), tmp_path).images["I1"]
    assert not made.arrays
    assert "no NaN" in made.history[0]


def test_infinite_values_are_no_nans(tmp_path):
    made = correct(ArrayImage([[np.inf, np.nan]]), tmp_path).images["I1"]
    np.testing.assert_array_equal(made.arrays["data"], [[np.inf, 0.0]])


def test_target_acquisition_is_passed_on_unless_asked_for(tmp_path):
    acquisition = cube(EXP_TYPE="NRC_TACQ")
    made = correct(acquisition, tmp_path)
    assert not made.images
    assert "passed on" in made.history[0]
    assert correct(acquisition, tmp_path, types=("SCI_TA",)).images["I1"].results == {"NaNs replaced": 2}


def test_a_value_that_is_none_is_refused():
    with pytest.raises(ValidationError):
        ReplaceNansParameters(cval=np.nan)
