"""What names, models and units of products tell of how far they are calibrated."""

import pytest

from mkrefs.instruments.products import IMAGE_PRODUCTS, OTHER_IMAGES, last_image_step, product_kind


@pytest.mark.parametrize(
    ("product", "kind"),
    [("a3001_crf", "crf"), ("o001_crfints", "crfints"), ("c1001_crf", "crf"), ("cal", "cal"), ("", "")],
)
def test_an_association_is_no_kind(product, kind):
    assert product_kind(product) == kind


@pytest.mark.parametrize(
    ("product", "step"),
    [
        ("rate", "gain_scale"),
        ("rateints", "gain_scale"),
        ("assign_wcs", "assign_wcs"),
        ("flatfieldstep", "flat_field"),
        ("bsub", "bkg_subtract"),
        ("cal", "photom"),
        ("calints", "photom"),
        ("a3001_crf", "photom"),
        ("uncal", ""),
        ("refpix", ""),
        ("i2d", ""),
    ],
)
def test_a_name_goes_before_the_data(product, step):
    assert last_image_step(product) == step
    assert last_image_step(product, axes=2, model="ImageModel", unit="DN/s") == step


@pytest.mark.parametrize(
    ("facts", "step"),
    [
        ({"axes": 2, "unit": "MJy/sr"}, "photom"),
        ({"axes": 2, "unit": "DN/s"}, "gain_scale"),
        ({"axes": 2, "unit": "DN / s"}, "gain_scale"),
        ({"axes": 2}, "photom"),
        ({"axes": 3, "unit": "mJy"}, "photom"),
        ({"axes": 3}, ""),
        ({"axes": 3, "model": "CubeModel"}, "photom"),
        ({"axes": 4, "unit": "DN/s"}, ""),
        ({"axes": 3, "model": "RampModel", "unit": "DN/s"}, ""),
        ({}, ""),
    ],
)
@pytest.mark.parametrize("product", ["", "somestep"])
def test_without_a_name_that_tells_the_data_do(product, facts, step):
    assert last_image_step(product, **facts) == step


def test_no_suffix_is_of_both_kinds():
    assert not OTHER_IMAGES & set(IMAGE_PRODUCTS)
