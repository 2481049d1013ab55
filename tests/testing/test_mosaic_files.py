import numpy as np
import pytest
from stdatamodels.jwst import datamodels

from mkrefs.testing import MosaicSpec, distortion_to_v2v3, simulate_mosaic, write_mosaic

SPEC = MosaicSpec(tiles=(2, 1), shape=(64, 96), flat=0.02, distortion=1.0, bad_pixels=0.01)


@pytest.fixture(scope="module")
def mosaic():
    return simulate_mosaic(SPEC)


@pytest.fixture(scope="module")
def calibrated(mosaic, tmp_path_factory):
    return write_mosaic(mosaic, tmp_path_factory.mktemp("cal"))


def test_calibrated_files_are_models_with_arrays_and_sky(mosaic, calibrated):
    assert [path.name for path in calibrated] == [image.name for image in mosaic.images.values()]
    image = mosaic.images["I1"]
    with datamodels.open(calibrated[0]) as model:
        assert isinstance(model, datamodels.ImageModel)
        for name in image.arrays:
            np.testing.assert_array_equal(getattr(model, name), image.array(name))
        y, x = np.mgrid[0:64:7, 0:96:7]
        np.testing.assert_allclose(model.meta.wcs(x, y), image.sky.to_sky(x, y), rtol=0, atol=1e-10)
        assert model.meta.wcsinfo.s_region == image.header["S_REGION"]
        assert model.meta.cal_step.photom == "COMPLETE"
        assert model.meta.photometry.pixelarea_arcsecsq == pytest.approx(0.063**2)
        assert (model.meta.observation.visit_number, model.meta.observation.bkgdtarg) == ("001", False)


def test_the_truth_lies_beside(mosaic, calibrated):
    with np.load(calibrated[0].parent / "truth.npz") as stored:
        name = calibrated[1].name
        assert float(stored[f"{name}|level"]) == mosaic.truth["I2"].level
        np.testing.assert_array_equal(stored[f"{name}|scene"], mosaic.truth["I2"].scene)
        np.testing.assert_array_equal(stored[f"{name}|cosmic_rays"], mosaic.truth["I2"].cosmic_rays)
        assert len(stored.files) == 2 * 15


def test_the_flat_field_is_where_the_header_says(mosaic, calibrated):
    with datamodels.open(calibrated[0]) as model:
        named = model.meta.ref_file.flat.name
    with datamodels.FlatModel(calibrated[0].parent / named) as flat:
        np.testing.assert_array_equal(flat.data, mosaic.truth["I1"].flat)
        assert flat.meta.instrument.detector == "NRCALONG"


def test_slope_images_lead_to_the_same_sky_and_brightness(mosaic, tmp_path):
    from jwst.assign_wcs.pointing import v23tosky

    image, truth = mosaic.images["I2"], mosaic.truth["I2"]
    with datamodels.open(write_mosaic(mosaic, tmp_path, "rate")[1]) as model:
        assert model.meta.filename == image.name.replace("_cal", "_rate")
        assert (model.meta.bunit_data, model.meta.cal_step.assign_wcs) == ("DN/s", None)
        assert model.meta.cal_step.ramp_fit == "COMPLETE"
        assert not model.hasattr("meta.wcs") or model.meta.wcs is None
        np.testing.assert_allclose(model.data / truth.flat * 0.5, image.array("data"), rtol=1e-5)
        np.testing.assert_allclose(model.err / truth.flat * 0.5, image.array("err"), rtol=1e-5)
        to_sky = distortion_to_v2v3(SPEC, "NRCALONG") | v23tosky(model)
        y, x = np.mgrid[0:64.0:7, 0:96.0:7]
        found = image.sky.to_pixel(*to_sky(x, y))
        np.testing.assert_allclose(found, (x, y), atol=1e-3)
        np.testing.assert_allclose(to_sky.inverse(*image.sky.to_sky(x, y)), (x, y), atol=1e-3)
