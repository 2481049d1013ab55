import numpy as np
import pytest

from mkrefs.api import UserError
from mkrefs_imaging.level_match.correction import LevelMatchCorrection


def test_only_data_change_and_nan_stay(mosaic, matched):
    for role, image in mosaic.images.items():
        changed = matched.images[role].arrays
        assert set(changed) == {"data"}
        before, after = image.array("data"), changed["data"]
        assert after.dtype == np.float32
        np.testing.assert_array_equal(np.isnan(before), np.isnan(after))
        off = (before.astype(float) - after)[np.isfinite(before)]
        assert np.ptp(off) < 1e-4
    assert LevelMatchCorrection.changes == frozenset()


def test_the_reference_image_keeps_its_values_without_local_subtraction(mosaic, run):
    found = run(mosaic.images, do_local_subtraction=False)
    stage = found.results["stages"][-1]
    (reference,) = stage["references"]
    assert found.images[reference].arrays == {}
    counts = {unit["unit"]: 0 for unit in stage["units"]}
    for pair in stage["pairs"]:
        if pair["kept"]:
            counts[pair["first"]] += 1
            counts[pair["second"]] += 1
    assert counts[reference] == max(counts.values())


def test_local_subtraction_brings_the_sky_of_the_reference_to_zero(mosaic, matched):
    (reference,) = matched.results["stages"][-1]["references"]
    data = matched.images[reference].arrays["data"]
    assert abs(np.nanpercentile(data, 25)) < 0.5
    levels = [image.results["level (MJy/sr)"] for image in matched.images.values()]
    assert min(levels) > 0.1
    assert any("local background" in line for line in matched.history)


def test_local_subtraction_is_off_with_planes_between_dithers(field, by_role, run):
    images = by_role(field.image(0.0, 0.0, 3.0), field.image(20.0, 0.0, 4.0))
    found = run(images, fit_type_dithers="level+slope")
    assert found.images["I1"].arrays == {}
    assert any("No local background" in line for line in found.history)


def test_local_subtraction_leaves_sources_aside(field, by_role, run, level):
    data = np.random.default_rng(2).normal(3.0, 0.01, (64, 64))
    data[10:40, 10:40] += np.linspace(0.01, 5, 900).reshape(30, 30)
    images = by_role(field.image(0.0, 0.0, 0.0, data=data), field.image(20.0, 20.0, 0.0, data=data.copy()))
    assert abs(level(run(images), "I1") - 3.0) < 0.004


def test_results_and_history_say_what_was_taken_off(mosaic, matched):
    image = matched.images["I1"]
    assert image.results["pairs"] == 3
    assert "Taken off: level" in image.history[0]
    assert "by 3 overlaps" in image.history[0]
    assert any("skymatch" in line for line in matched.history)
    pairs = matched.results["stages"][-1]["pairs"]
    assert {"first", "second", "delta", "npix", "rms", "kept", "verdict", "left"} <= set(pairs[0])
    for pair in pairs:
        assert abs(pair["left"][0] if pair["kept"] else 0.0) < 0.005
    assert matched.results["pairs"] == len(pairs)


def test_nothing_overlaps_nothing_changes_and_it_is_said(field, by_role, run):
    found = run(by_role(field.image(0.0, 0.0, 1.0), field.image(500.0, 0.0, 2.0)))
    assert all(not image.arrays for image in found.images.values())
    assert found.warnings == ("Nothing overlaps: the levels of the images are unchanged.",)
    assert all("unchanged" in image.history[0] for image in found.images.values())


def test_a_single_image_is_unchanged(field, by_role, run):
    found = run(by_role(field.image(0.0, 0.0, 1.0)))
    assert found.images["I1"].arrays == {}
    assert found.warnings


def test_parts_that_do_not_overlap_are_matched_each_by_itself(field, by_role, run, level):
    images = by_role(
        field.image(0.0, 0.0, 1.0),
        field.image(20.0, 0.0, 1.5),
        field.image(500.0, 0.0, 7.0),
        field.image(520.0, 0.0, 9.0),
        field.image(0.0, 900.0, 4.0),
    )
    found = run(images)
    for role, expected in {"I1": 1.0, "I2": 1.5, "I3": 7.0, "I4": 9.0}.items():
        assert abs(level(found, role) - expected) < 0.003
    assert found.images["I5"].arrays == {}
    assert any("3 parts" in warning for warning in found.warnings)
    assert any(warning.startswith("I5 overlap no other") for warning in found.warnings)
    assert sorted(map(len, found.results["parts"])) == [1, 2, 2]


def test_dedicated_backgrounds_choose_the_reference_and_are_left_alone(field, by_role, run):
    times = ("10:00:00", "12:00:00", "11:00:00")
    images = [
        field.image(x, 0.0, x / 20, header={"DATE-OBS": "2024-03-01", "TIME-OBS": time})
        for x, time in zip((0.0, 20.0, 40.0), times, strict=True)
    ]
    header = {"DATE-OBS": "2024-03-01", "TIME-OBS": "12:30:00", "BKGDTARG": True}
    found = run(by_role(*images, field.image(30.0, 0.0, 5.0, header=header)), do_local_subtraction=False)
    assert found.results["stages"][-1]["references"] == ["I2"]
    assert found.images["I4"].arrays == {}
    assert found.results["pairs"] == 3


def test_dt_bgr_goes_before_the_times(field, by_role, run):
    images = [
        field.image(20.0 * k, 0.0, 1.0, header={"DT_BGR": dt}) for k, dt in enumerate((-5.0, 3.0, -0.5))
    ]
    assert run(by_role(*images)).results["stages"][-1]["references"] == ["I3"]


def test_without_backgrounds_the_image_with_most_pairs_is_the_reference(field, by_role, run):
    places = [(0.0, 0.0), (45.0, 0.0), (90.0, 0.0), (45.0, 45.0)]
    found = run(by_role(*(field.image(x, y, 1.0) for x, y in places)))
    assert found.results["stages"][-1]["references"] == ["I2"]


def test_ref_idx_names_the_reference(field, by_role, run):
    images = by_role(*(field.image(20.0 * k, 0.0, float(k)) for k in range(3)))
    found = run(images, ref_idx=2, do_local_subtraction=False)
    assert found.images["I3"].arrays == {}
    assert found.results["stages"][-1]["references"] == ["I3"]
    with pytest.raises(UserError, match="ref_idx is 3, and there are 3 images"):
        run(images, ref_idx=3)


def test_images_that_cannot_be_matched_are_refused_by_name(field, by_role, run):
    good = field.image(0.0, 0.0, 1.0)
    cube = field.image(1.0, 0.0, 1.0, data=np.zeros((2, 64, 64)), name="cube_calints")
    with pytest.raises(UserError, match="cube_calints has 3 axes"):
        run(by_role(good, cube))
    with pytest.raises(UserError, match="blind has neither a WCS"):
        run(by_role(good, field.image(1.0, 0.0, 1.0, sky=None, name="blind")))
    with pytest.raises(UserError, match="counts is in DN/s"):
        run(by_role(good, field.image(1.0, 0.0, 1.0, unit="DN/s", name="counts")))


def test_images_without_good_pixels_are_unchanged(field, by_role, run):
    empty = field.image(10.0, 0.0, 0.0, data=np.full((64, 64), np.nan))
    found = run(by_role(field.image(0.0, 0.0, 1.0), empty, field.image(20.0, 0.0, 2.0)))
    assert found.images["I2"].arrays == {}
    assert found.images["I1"].arrays


def test_figures_show_the_differences_of_each_pair_when_wanted(field, by_role, run):
    images = by_role(field.image(0.0, 0.0, 1.0), field.image(20.0, 0.0, 1.5))
    assert run(images).figures == {}
    (histogram,) = run(images, plot=True, max_points=500).figures.values()
    assert histogram.counts.sum() <= 500
    assert abs(histogram.lines["fit"] + 0.5) < 0.01
    assert histogram.edges[0] < -0.5 < histogram.edges[-1]
    planes = run(images, plot=True, fit_type_mosaic_tiles="level+slope").figures
    assert {name.rsplit("_", 1)[1] for name in planes} == {"histogram", "differences", "plane"}
    plane = planes["x20y0_to_x0y0_plane"]
    assert abs(np.nanmean(plane.image) + 0.5) < 0.01


@pytest.mark.parametrize("method", ["exact", "adaptive"])
def test_other_ways_to_resample(field, by_role, run, level, method):
    images = by_role(field.image(0.0, 0.0, 1.0), field.image(20.3, 5.6, 1.5))
    found = run(images, reproject_func=method, do_local_subtraction=False)
    assert abs(level(found, "I2") - level(found, "I1") - 0.5) < 0.002


def test_sigma_clip_leaves_sources_out_of_the_differences(field, by_role, run):
    data = np.random.default_rng(6).normal(1.0, 0.01, (64, 64))
    data[20:40, 20:40] += 3.0
    images = by_role(field.image(0.0, 0.0, 0.0, data=data), field.image(1.0, 0.0, 1.0))
    pairs = [run(images, do_sigma_clip=clip).results["stages"][-1]["pairs"][0] for clip in (False, True)]
    assert pairs[0]["npix"] - pairs[1]["npix"] >= 400
    fewer = run(images, do_sigma_clip=True, npixels=401).results["stages"][-1]["pairs"][0]
    grown = run(images, do_sigma_clip=True, dilate_size=15).results["stages"][-1]["pairs"][0]
    assert fewer["npix"] > pairs[1]["npix"] > grown["npix"]


def test_the_clip_of_a_pair_follows_its_parameters(field, by_role, run):
    images = by_role(field.image(0.0, 0.0, 1.0), field.image(1.0, 0.0, 1.0))

    def rms(**parameters: float) -> float:
        return run(images, **parameters).results["stages"][-1]["pairs"][0]["rms"]

    assert rms(maxiters=0) > rms(sigma=3.0) > rms(sigma=2.0) > rms(sigma=1.0, maxiters=1)


def test_inputs_may_be_read_only_and_the_same_run_gives_the_same(mosaic, run, matched):
    assert not mosaic.images["I1"].array("data").flags.writeable
    again = run(mosaic.images)
    for role, image in matched.images.items():
        np.testing.assert_array_equal(image.arrays["data"], again.images[role].arrays["data"])


def test_where_planes_are_fitted_slopes_are_told_per_pixel(field, by_role, run):
    rows, columns = np.indices((64, 64))
    tilted = np.random.default_rng(1).normal(1 + 0.01 * columns - 0.02 * rows, 0.01)
    images = by_role(field.image(0.0, 0.0, 1.0), field.image(5.0, 0.0, 0.0, data=tilted))
    found = run(images, fit_type_mosaic_tiles="level+slope", do_local_subtraction=False, ref_idx=0)
    results = found.images["I2"].results
    assert abs(results["slope_x (MJy/sr/pixel)"] - 0.01) < 1e-4
    assert abs(results["slope_y (MJy/sr/pixel)"] + 0.02) < 1e-4
    assert np.std(found.images["I2"].arrays["data"]) < 0.011
    few = run(images, fit_type_mosaic_tiles="level+slope", plane_fit_maxiters=1).results
    assert few["stages"][-1]["pairs"][0]["rms"] > found.results["stages"][-1]["pairs"][0]["rms"]
    loose = run(images, fit_type_mosaic_tiles="level+slope", plane_fit_abs_tol=10.0).results
    assert loose["stages"][-1]["pairs"][0]["rms"] > found.results["stages"][-1]["pairs"][0]["rms"]


def test_history_of_many_images_gives_their_number(field, by_role, run):
    found = run(by_role(*(field.image(8.0 * k, 0.0, 1.0) for k in range(13))))
    assert "levels of 13 units" in found.history[0]
