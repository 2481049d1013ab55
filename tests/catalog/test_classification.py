import pytest

from mkrefs.catalog import CatalogRules
from mkrefs.catalog.classification import classify

RULES = CatalogRules(dark_pattern="Bias|Dark|BIAS|DARK|ZERO", flat_pattern="GAIN|LIN")


@pytest.mark.parametrize(
    ("name", "exp_type", "imtype"),
    [
        ("NRCA1-DARK-1_uncal.fits", None, "D"),
        ("NRCA1-DARK-1_uncal.fits", "UNKNOWN", "D"),
        ("NRCA1-DARK-1_uncal.fits", "NRC_IMAGE", "D"),
        ("NRCA1-LIN-1_uncal.fits", "NRC_IMAGE", "F"),
        ("jw1_uncal.fits", "NRC_DARK", "D"),
        ("jw1_uncal.fits", "NRC_LED", "F"),
        ("jw1_uncal.fits", "MIR_IMAGE", "I"),
    ],
)
def test_name_first_then_header(name, exp_type, imtype):
    assert classify(name, exp_type, RULES) == (imtype, "")


@pytest.mark.parametrize(
    ("name", "exp_type", "reason"),
    [
        ("DARK-LIN_uncal.fits", "NRC_DARK", "its name matches both dark_pattern and flat_pattern"),
        ("DARK_uncal.fits", "NRC_LED", "dark_pattern makes it a dark, its EXP_TYPE NRC_LED a flat"),
        ("LIN_uncal.fits", "NRC_DARK", "flat_pattern makes it a flat, its EXP_TYPE NRC_DARK a dark"),
    ],
)
def test_contradictions_are_used_as_neither(name, exp_type, reason):
    assert classify(name, exp_type, RULES) == ("", reason)
