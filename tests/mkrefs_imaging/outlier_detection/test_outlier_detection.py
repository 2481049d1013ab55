"""The correction with the real step: the same pixels, both ways of memory, intermediate files, the guard."""

import json
import logging
import warnings
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from mkrefs.api import PIXEL_DQ, CorrectedImages, StatusChange, UserError
from mkrefs.testing.array_image import ArrayImage
from mkrefs_imaging.outlier_detection.correction import OutlierDetectionCorrection as Correction
from mkrefs_imaging.outlier_detection.header_facts import complete_header
from mkrefs_imaging.outlier_detection.sky_gwcs import sky_gwcs

OUTLIER, DO_NOT_USE = PIXEL_DQ["OUTLIER"], PIXEL_DQ["DO_NOT_USE"]
PLANES = ("data", "err", "var_poisson", "var_rnoise", "var_flat")
KEYWORDS = ("PROGRAM", "OBSERVTN", "VISIT", "VISITGRP", "SEQ_ID", "ACT_ID", "EXPOSURE")


def correct(images, folder, **parameters) -> CorrectedImages:
    folder.mkdir(exist_ok=True)
    return Correction().correct(images, Correction.Parameters(**parameters), folder)


def with_header(image: ArrayImage, **keywords) -> ArrayImage:
    arrays = {name: image.array(name) for name in image.arrays - {"data"}}
    header = {**image.header, **keywords}
    return ArrayImage(image.array("data"), arrays=arrays, sky=image.sky, header=header, name=image.name)


def same(one: CorrectedImages, other: CorrectedImages) -> bool:
    return all(
        np.array_equal(array, other.images[role].arrays[name], equal_nan=name != "dq")
        for role, image in one.images.items()
        for name, array in image.arrays.items()
    )


def of_one_detector(field) -> dict:
    return {role: field.images[role] for role in ("I1", "I3", "I5", "I7")}


@pytest.fixture(scope="module")
def corrected(field, tmp_path_factory) -> CorrectedImages:
    return correct(field.images, tmp_path_factory.mktemp("outliers"))


@pytest.fixture(scope="module")
def few(field) -> dict:
    """Give the four images of one detector."""
    return of_one_detector(field)


@pytest.fixture(scope="module")
def few_corrected(few, tmp_path_factory) -> CorrectedImages:
    return correct(few, tmp_path_factory.mktemp("few"))


@pytest.fixture(scope="module")
def files(field, tmp_path_factory) -> list[str]:
    folder = tmp_path_factory.mktemp("cal")
    for image in field.images.values():
        model = image.model()
        complete_header(model, image)
        model.save(folder / image.name)
        model.close()
    return [str(folder / image.name) for image in field.images.values()]


def test_it_equals_the_step_run_alone(corrected, files):
    from jwst.outlier_detection import OutlierDetectionStep

    logging.getLogger("stpipe").setLevel(logging.WARNING)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        alone = OutlierDetectionStep().run(files)
    with alone:
        for number, model in enumerate(alone):
            ours = corrected.images[f"I{number + 1}"]
            assert set(ours.arrays) == {"dq", *PLANES}
            for name, array in ours.arrays.items():
                assert_array_equal(array, getattr(model, name))
            assert ours.metadata["cal_step.outlier_detection"] == model.meta.cal_step.outlier_detection
            alone.shelve(model, number, modify=False)


def test_hits_are_found_and_little_else(field, corrected):
    usable = {role: (image.array("dq") & DO_NOT_USE) == 0 for role, image in field.images.items()}
    found = {role: (image.arrays["dq"] & OUTLIER) != 0 for role, image in corrected.images.items()}
    hits = {role: field.rays[role] & usable[role] for role in found}
    assert sum((found[role] & hits[role]).sum() for role in found) > 0.9 * sum(map(np.sum, hits.values()))
    assert sum((found[role] & ~hits[role]).sum() for role in found) < 20


def test_outliers_are_nan_in_all_planes_and_flagged(field, corrected):
    for role, image in corrected.images.items():
        new = (image.arrays["dq"] != field.images[role].array("dq")).nonzero()
        assert (image.arrays["dq"][new] == OUTLIER | DO_NOT_USE).all()
        for name in PLANES:
            assert np.isnan(image.arrays[name][new]).all()
            assert np.isnan(image.arrays[name]).sum() == np.isnan(image.arrays["data"]).sum()


def test_only_declared_changes_of_standing(field, corrected):
    assert Correction.changes == {StatusChange.FLAG, StatusChange.BLANK}
    for role, image in corrected.images.items():
        before = field.images[role]
        assert not (np.isnan(before.array("data")) & ~np.isnan(image.arrays["data"])).any()
        assert not (before.array("dq") & ~image.arrays["dq"]).any()


def test_what_is_told(corrected):
    json.dumps(corrected.results)
    assert corrected.results["groups"] == 4
    assert corrected.results["outliers"] == sum(i.results["outliers"] for i in corrected.images.values())
    assert "median of 4 mosaics" in corrected.history[0]
    assert corrected.images["I1"].metadata["cal_step.outlier_detection"] == "COMPLETE"


def test_on_disk_gives_the_same_and_leaves_nothing(few, few_corrected, tmp_path, monkeypatch):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    assert same(few_corrected, correct(few, tmp_path / "work", in_memory=False))
    assert not list((tmp_path / "work").iterdir())
    assert not list(elsewhere.iterdir())


def test_in_memory_is_no_reason_to_correct_again():
    assert Correction.Parameters.model_fields["in_memory"].json_schema_extra["changes_result"] is False


def test_intermediate_results_are_kept_in_the_folder(field, tmp_path):
    two = {role: field.images[role] for role in ("I1", "I2", "I3", "I4")}
    assert correct(two, tmp_path, save_intermediate_results=True).results["groups"] == 2
    names = sorted(path.name for path in tmp_path.iterdir())
    assert sum(name.endswith("_outlier_i2d.fits") for name in names) == 2
    assert sum(name.endswith("_median.fits") for name in names) == 1
    assert sum(name.endswith("_blot.fits") for name in names) == 4
    assert len(names) == 7


def test_without_resampling_images_are_compared_pixel_by_pixel(few, tmp_path):
    still = {
        role: with_header(image.with_arrays(data=image.array("data") * 0 + 1), EXPOSURE=f"{number:05d}")
        for number, (role, image) in enumerate(few.items(), start=1)
    }
    data = np.array(still["I3"].array("data"))
    data[20:22, 30] = 9
    still["I3"] = still["I3"].with_arrays(data=data)
    found = correct(still, tmp_path, resample_data=False, save_intermediate_results=True)
    assert {role: image.results["outliers"] for role, image in found.images.items()} == {
        "I1": 0,
        "I3": 2,
        "I5": 0,
        "I7": 0,
    }
    assert [path.name[-11:] for path in tmp_path.iterdir()] == ["median.fits"]
    assert "pixel by pixel" in found.history[0]


@pytest.mark.parametrize(
    ("parameters", "more"),
    [({"snr": "90 80"}, False), ({"scale": "0.3 0.1"}, True), ({"backg": 1.0}, True)],
)
def test_parameters_reach_the_step(few, few_corrected, tmp_path, parameters, more):
    found = correct(few, tmp_path, **parameters)
    assert (found.results["outliers"] > few_corrected.results["outliers"]) is more


def test_good_bits_let_flagged_pixels_count(few, few_corrected, tmp_path):
    flagged = {
        role: image.with_arrays(dq=np.where(image.array("dq"), DO_NOT_USE, PIXEL_DQ["JUMP_DET"]))
        for role, image in few.items()
    }
    assert few_corrected.results["outliers"] > 0
    assert correct(flagged, tmp_path, good_bits="0").results["outliers"] == 0


def test_one_image_is_skipped_as_the_step_does(field, tmp_path):
    found = correct({"I1": field.images["I1"]}, tmp_path)
    assert not found.images["I1"].arrays
    assert found.images["I1"].metadata["cal_step.outlier_detection"] == "FAILED"
    assert "too few" in found.warnings[0]


def test_two_exposures_are_warned_of(field, tmp_path):
    found = correct({role: field.images[role] for role in ("I1", "I3")}, tmp_path)
    assert any("fewer than three exposures" in line for line in found.warnings)


def test_exposures_that_cannot_be_told_apart_are_warned_of(few, tmp_path):
    images = {role: with_header(image, EXPOSURE="00001") for role, image in few.items()}
    found = correct(images, tmp_path)
    assert found.results["groups"] == 1
    assert "the same observation metadata" in found.warnings[0]


def test_without_observation_numbers_each_image_is_a_mosaic(few, tmp_path):
    images = {role: with_header(image, **dict.fromkeys(KEYWORDS)) for role, image in few.items()}
    assert correct(images, tmp_path).results["groups"] == len(images)


def test_a_bare_file_is_enough(few, few_corrected, tmp_path):
    bare = {
        role: ArrayImage(
            image.array("data"),
            err=image.array("err"),
            dq=image.array("dq"),
            sky=image.sky,
            header={"INSTRUME": "NIRCAM", "EXP_TYPE": "NRC_IMAGE", **{k: image.header[k] for k in KEYWORDS}},
            name=image.name,
        )
        for role, image in few.items()
    }
    found = correct(bare, tmp_path)
    assert found.results["outliers"] == few_corrected.results["outliers"]
    assert set(found.images["I1"].arrays) == {"data", "err", "dq"}
    assert "s_region" in found.images["I1"].history[1]


class HeaderSky:
    """A way to the sky that no data model knows, as FITS keywords give one."""

    def __init__(self, sky):
        self.to_sky, self.to_pixel = sky.to_sky, sky.to_pixel


def test_fits_keywords_are_enough_for_the_wcs(few, few_corrected, tmp_path):
    images = {
        role: ArrayImage(
            image.array("data"),
            arrays={name: image.array(name) for name in image.arrays - {"data"}},
            sky=HeaderSky(image.sky),
            header=image.header,
            name=image.name,
        )
        for role, image in few.items()
    }
    found = correct(images, tmp_path)
    assert found.results["outliers"] == pytest.approx(few_corrected.results["outliers"], abs=3)
    assert "WCS from FITS keywords" in found.images["I1"].history[1]


def test_the_wcs_made_of_a_way_to_the_sky_is_right(field):
    sky = replace(field.images["I3"].sky, distortion=(1e-6, 2e-6, -1e-6, 3e-6, 1e-6, -2e-6), rotation=40.0)
    wcs = sky_gwcs(sky, (96, 96))
    x, y = np.meshgrid(np.linspace(-0.5, 95.5, 7), np.linspace(-0.5, 95.5, 7))
    ra, dec = wcs(x, y)
    true_ra, true_dec = sky.to_sky(x, y)
    assert np.abs(ra - true_ra).max() < 1e-10
    assert np.abs(dec - true_dec).max() < 1e-10
    back_x, back_y = wcs.invert(ra, dec, with_bounding_box=False)
    assert max(np.abs(back_x - x).max(), np.abs(back_y - y).max()) < 1e-5


def test_what_the_step_cannot_use_is_refused(field, tmp_path):
    image = field.images["I1"]
    no_errors = image.with_arrays(err=np.zeros(image.shape))
    with pytest.raises(UserError, match="has no errors"):
        correct({"I1": no_errors, "I2": image}, tmp_path)
    cube = ArrayImage(np.ones((2, 8, 8)), err=np.ones((2, 8, 8)))
    with pytest.raises(UserError, match="cube of integrations"):
        correct({"I1": cube}, tmp_path)
    with pytest.raises(UserError, match="EXP_TYPE NRC_CORON"):
        correct({"I1": with_header(image, EXP_TYPE="NRC_CORON")}, tmp_path)
    with pytest.raises(UserError, match="has no WCS"):
        correct({"I1": ArrayImage(np.ones((8, 8)), err=np.ones((8, 8)))}, tmp_path)
    with pytest.raises(UserError, match="no exposure time"):
        correct({"I1": with_header(image, XPOSURE=None)}, tmp_path, weight_type="exptime")


@pytest.mark.parametrize("place", [(151.0, 2.5), (330.0, -2.0)])
def test_fields_far_apart_are_refused(few, tmp_path, place):
    far = replace(few["I3"].sky, reference_sky=place)
    arrays = {name: few["I3"].array(name) for name in few["I3"].arrays - {"data"}}
    away = ArrayImage(
        few["I3"].array("data"), arrays=arrays, sky=far, header=few["I3"].header, name="far_cal"
    )
    with pytest.raises(UserError, match="far_cal is far from"):
        correct({**few, "I3": away}, tmp_path)


def test_weights_by_exposure_time_and_no_guard(few, few_corrected, tmp_path):
    found = correct(few, tmp_path, weight_type="exptime", guard_max_sources=0)
    assert found.results["guard"]["bright_sources"] == 0
    assert found.results["outliers"] == pytest.approx(few_corrected.results["outliers"], rel=0.05)


@pytest.mark.parametrize("key", ["snr", "scale"])
@pytest.mark.parametrize("value", ["5.0", "5 4 3", "five four", "5 -1"])
def test_pairs_are_checked(key, value):
    with pytest.raises(ValueError, match="two numbers"):
        Correction.Parameters(**{key: value})


@pytest.mark.parametrize("value", ["INDEF", "nan", "0.0", "-1e3"])
def test_fill_values_are_numbers(value):
    assert Correction.Parameters(fillval=value).fillval == value
    with pytest.raises(ValueError, match="INDEF"):
        Correction.Parameters(fillval="nothing")


def test_defaults_are_those_of_the_step():
    from jwst.outlier_detection import OutlierDetectionStep

    step = OutlierDetectionStep()
    ours = {
        k: v for k, v in Correction.Parameters().model_dump().items() if not k.startswith(("guard_", "plot"))
    }
    # Of the map of pixels every tenth is computed where that is found to be as good as all of them.
    assert ours | {"pixmap_stepsize": 1.0} == {name: getattr(step, name) for name in ours}
    assert ours["pixmap_stepsize"] is None
    others = {
        "kernel_size",
        "threshold_percent",
        "rolling_window_width",
        "ifu_second_check",
        "search_output_file",
    }
    documented = {line.split("=")[0].strip() for line in OutlierDetectionStep.spec.strip().splitlines()}
    assert documented - set(ours) == others


def test_a_clean_mosaic_gives_no_warning(corrected):
    guard = corrected.results["guard"]
    assert guard["bright_sources"] >= 20
    assert guard["sources_past_limit"] == 0
    assert not corrected.warnings


def test_many_cosmic_rays_give_no_warning(stormy_field, tmp_path):
    found = correct(of_one_detector(stormy_field), tmp_path)
    assert found.results["outliers"] > 1500
    assert not found.warnings


def test_flagged_stars_give_a_warning(sharp_field, tmp_path):
    found = correct(of_one_detector(sharp_field), tmp_path, scale="0.2 0.1", plot=True)
    guard = found.results["guard"]
    assert guard["sources_past_limit"] > 0.5 * guard["bright_sources"]
    assert "raise snr or scale" in found.warnings[0]
    worst = guard["worst_sources"][0]
    assert worst["lasting_fraction"] > 0.5
    role, _, x, _, y = worst["where"].split()
    assert sharp_field.images[role].array("data")[int(y), int(x)] > 5
    assert found.figures["cores"].counts.sum() == guard["bright_sources"]
