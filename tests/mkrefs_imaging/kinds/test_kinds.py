"""What an image is for, by its header or by the user's word."""

import numpy as np
import pytest
from pydantic import ValidationError

from mkrefs.testing import ArrayImage
from mkrefs_imaging.kinds.kind import KINDS, kind_of, observation_key
from mkrefs_imaging.kinds.parameters import KindParameters, chosen


def image(name="jw01_nrcalong_calints.fits", **header):
    return ArrayImage(np.zeros((4, 5)), header=header, name=name)


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ({}, "SCI"),
        ({"IS_PSF": True}, "REF"),
        ({"IS_PSF": "T"}, "REF"),
        ({"IS_PSF": "False"}, "SCI"),
        ({"BKGDTARG": True}, "SCI_BG"),
        ({"BKGDTARG": True, "IS_PSF": True}, "REF_BG"),
        ({"BKGDTARG": False, "TARGPROP": "HIP-65426"}, "SCI"),
        ({"TARGPROP": "HIP-65426-BACK"}, "SCI_BG"),
        ({"TARGPROP": "HIP-65426 bg"}, "SCI_BG"),
        ({"TARGPROP": "HD141569BACKGROUND"}, "SCI_BG"),
        ({"TARGPROP": "BKG_PSF", "IS_PSF": True}, "REF_BG"),
        ({"TARGPROP": "BGPS-G23"}, "SCI"),
        ({"EXP_TYPE": "NRC_TACQ"}, "SCI_TA"),
        ({"EXP_TYPE": "MIR_TACONFIRM", "IS_PSF": True}, "REF_TA"),
        ({"EXP_TYPE": "FGS_ID-STACK"}, "SCI"),
        ({"EXP_TYPE": "NRC_TACQ", "BKGDTARG": True}, "SCI_TA"),
    ],
)
def test_the_header_tells_what_an_image_is_for(header, kind):
    assert kind_of(image(**header)) == kind


def test_the_user_may_name_backgrounds_and_references():
    named = image("jw01_mirimage_calints.fits", BKGDTARG=False)
    assert kind_of(named, bgpaths=("jw01_*",)) == "SCI_BG"
    assert kind_of(named, bgpaths=("/data/here/jw01_mirimage_calints.fits",)) == "SCI_BG"
    assert kind_of(named, psflibpaths=("jw01_mirimage",)) == "REF"
    assert kind_of(named, bgpaths=("jw01_*",), psflibpaths=("*",)) == "REF_BG"
    assert kind_of(named, bgpaths=("jw02_*",)) == "SCI"


def test_the_mode_is_written_as_the_documented_key():
    header = {
        "FILTER": "F444W",
        "PUPIL": "MASKRND",
        "CORONMSK": "MASKA335R",
        "SUBARRAY": "SUB320A335R",
        "TELESCOP": "JWST",
    }
    assert observation_key(image(**header)) == "JWST_NIRCAM_NRCALONG_F444W_MASKRND_MASKA335R_SUB320A335R"
    assert observation_key(image(FILTER="F444W")) == "JWST_NIRCAM_NRCALONG_F444W_NONE_NONE_FULL"


def test_images_are_chosen_by_kind_and_mode_and_the_others_named():
    images = {"I1": image("a_cal.fits"), "I2": image("b_cal.fits", IS_PSF=True, FILTER="F210M")}
    assert set(chosen(images, KindParameters())[0]) == {"I1", "I2"}
    found, left = chosen(images, KindParameters(types=("SCI",)))
    assert set(found) == {"I1"}
    assert left == ("b_cal.fits is passed on as it is: it is REF, not among types.",)
    found, left = chosen(images, KindParameters(restrict_to="F210M"))
    assert set(found) == {"I2"}
    assert "NRCALONG_NONE_NONE_NONE_FULL does not contain F210M" in left[0]


def test_unknown_kinds_are_refused():
    with pytest.raises(ValidationError):
        KindParameters(types=("SCIENCE",))
    assert KindParameters().types == KINDS
