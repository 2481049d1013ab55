"""What the finders call bad, and that they leave stars and noise alone."""

import numpy as np
import pytest
from astropy.io import fits

from mkrefs.api import PIXEL_DQ, UserError
from mkrefs.testing import ArrayImage
from mkrefs_imaging.fix_bad_pixels import finders
from mkrefs_imaging.fix_bad_pixels.options import GradientOptions, SigclipOptions, TimeintsOptions

BAD = PIXEL_DQ["DO_NOT_USE"]
NRC = "JWST_NIRCAM_NRCALONG_NONE_NONE_NONE_FULL"


def found_by(finder, data, options, good=None):
    data = np.asarray(data, dtype=np.float32)
    return finder(data, np.isfinite(data) if good is None else good, options)


def noise(shape, seed=3):
    return np.random.default_rng(seed).normal(0, 1, shape)


def spoil(data, values, seed=5):
    """Put values in places of their own, away from each other; give the data and where."""
    rng = np.random.default_rng(seed)
    where = np.zeros(data.shape, dtype=bool)
    rows, columns = np.meshgrid(np.arange(4, data.shape[1] - 4, 6), np.arange(4, data.shape[2] - 4, 6))
    for plane in where:
        chosen = rng.permutation(rows.size)[: len(values)]
        plane[rows.ravel()[chosen], columns.ravel()[chosen]] = True
    spoilt = data.copy()
    spoilt[where] += np.tile(values, len(data))
    return spoilt, where


@pytest.mark.parametrize(
    ("finder", "options"), [(finders.sigclip, SigclipOptions()), (finders.gradient, GradientOptions())]
)
def test_hot_pixels_are_found_and_good_ones_left(scene, finder, options):
    data, hot = spoil(scene.cube(3), np.linspace(15, 300, 20))
    faint = scene.truth < 20
    found = found_by(finder, data, options)
    assert found[hot & faint].mean() > 0.97
    assert (found & ~hot).sum() <= 2


def test_sigclip_finds_nothing_in_noise(scene):
    assert found_by(finders.sigclip, noise((5, 200, 200)), SigclipOptions()).sum() <= 2


def test_the_documented_neg_sigma_takes_a_sixth_of_all_good_pixels():
    data = noise((1, 200, 200))
    documented = found_by(finders.sigclip, data, SigclipOptions(neg_sigma=1.0))
    assert documented.mean() == pytest.approx(0.16, abs=0.01)
    assert SigclipOptions().neg_sigma == 5


def test_sigclip_finds_low_pixels(scene):
    data, low = spoil(noise((2, 100, 100)), np.full(10, -12.0))
    np.testing.assert_array_equal(found_by(finders.sigclip, data, SigclipOptions()), low)


def test_sigclip_takes_nothing_for_low_where_there_is_no_noise():
    data = np.zeros((1, 40, 40))
    data[0, :5] = -1e-6 * np.arange(1, 6)[:, None]
    assert not found_by(finders.sigclip, data, SigclipOptions()).any()


def test_the_sigma_of_sigclip_counts():
    data, hot = spoil(noise((2, 100, 100)), np.full(20, 12.0))
    assert found_by(finders.sigclip, data, SigclipOptions(sigma=20.0)).sum() == 0
    assert found_by(finders.sigclip, data, SigclipOptions(sigma=2.0, contrast=0)).sum() > 2 * hot.sum()


def test_the_neighbours_of_sigclip_can_be_chosen():
    data = noise((1, 60, 60))
    data[0, 30:33, 30:33] += 50
    near = found_by(finders.sigclip, data, SigclipOptions())
    far = found_by(finders.sigclip, data, SigclipOptions(shift_x=(-3, 3), shift_y=(-3, 3)))
    assert not near[0, 31, 31]
    assert far[0, 30:33, 30:33].all()


@pytest.mark.parametrize("finder", ["sigclip", "gradient"])
@pytest.mark.parametrize("peak", [10.0, 40.0, 1e3, 1e5])
def test_the_cores_of_stars_are_kept(finder, peak):
    """Stars of all widths from 1.2 pixels on, centred anywhere on a pixel."""
    rng = np.random.default_rng(4)
    data = noise((1, 240, 240))
    y, x = np.indices((240, 240))
    for row in range(15, 230, 20):
        for column in range(15, 230, 20):
            fwhm = rng.uniform(1.2, 4)
            box = np.s_[row - 9 : row + 10, column - 9 : column + 10]
            dy, dx = rng.uniform(-0.5, 0.5, 2)
            square = (y[box] - row - dy) ** 2 + (x[box] - column - dx) ** 2
            data[0][box] += peak * np.exp(-4 * np.log(2) * square / fwhm**2)
    run, options = {
        "sigclip": (finders.sigclip, SigclipOptions()),
        "gradient": (finders.gradient, GradientOptions()),
    }[finder]
    assert found_by(run, data, options).sum() <= 3
    unguarded = SigclipOptions(contrast=0) if finder == "sigclip" else GradientOptions(contrast=0)
    if peak > 100:
        assert found_by(run, data, unguarded).sum() >= 5


def test_timeints_finds_what_happens_in_one_integration(scene):
    data, hits = spoil(scene.cube(10), np.full(12, 12.0) * scene.sigma.max())
    found = found_by(finders.timeints, data, TimeintsOptions())
    assert found[hits].all()
    assert (found & ~hits).mean() < 1e-4
    assert not found_by(finders.timeints, data, TimeintsOptions(sigma=1000.0)).any()


@pytest.mark.parametrize("nints", [3, 4, 5, 8])
def test_timeints_finds_little_in_the_noise_of_few_integrations(nints):
    assert found_by(finders.timeints, noise((nints, 150, 150)), TimeintsOptions()).mean() < 1e-4


def test_timeints_needs_three_integrations():
    data = noise((2, 20, 20))
    data[0, 5, 5] = 1e4
    assert not found_by(finders.timeints, data, TimeintsOptions()).any()


def test_gradient_finds_low_pixels_only_if_asked():
    data, low = spoil(100 + noise((1, 100, 100)), np.full(10, -50.0))
    np.testing.assert_array_equal(found_by(finders.gradient, data, GradientOptions()), low)
    assert not found_by(finders.gradient, data, GradientOptions(negative=False)).any()


def test_gradient_looks_at_the_relative_gradient():
    data, hot = spoil(100 + noise((1, 100, 100)), np.full(10, 50.0))
    np.testing.assert_array_equal(found_by(finders.gradient, data, GradientOptions()), hot)
    assert not found_by(finders.gradient, data, GradientOptions(threshold=0.2)).any()
    wider = found_by(
        finders.gradient,
        100 + noise((1, 100, 100)),
        GradientOptions(noise_sigma=0, contrast=0, threshold=0.001),
    )
    assert wider.mean() > 0.01


@pytest.mark.parametrize("finder", [finders.sigclip, finders.timeints, finders.gradient])
def test_what_is_not_good_is_neither_used_nor_found(finder):
    options = {finders.sigclip: SigclipOptions(), finders.timeints: TimeintsOptions()}
    data = noise((5, 40, 40)).astype(np.float32)
    good = np.random.default_rng(1).random(data.shape) < 0.8
    results = [
        finder(np.where(good, data, value).astype(np.float32), good, options.get(finder, GradientOptions()))
        for value in (np.nan, 1e8)
    ]
    assert not (results[0] & ~good).any()
    np.testing.assert_array_equal(*results)
    nothing = np.zeros(data.shape, dtype=bool)
    assert not finder(data, nothing, options.get(finder, GradientOptions())).any()


def test_custom_places_are_rows_and_columns(correct, scene):
    image = scene.image(scene.cube(3))
    made = correct(image, method="custom", custom_kwargs={NRC: [[10, 40], [2, 11, 41]]}).images["I1"]
    flagged = np.argwhere(made.arrays["dq"] == BAD).tolist()
    assert flagged == [[0, 10, 40], [1, 10, 40], [2, 10, 40], [2, 11, 41]]
    assert made.results["found by custom"] == 4


@pytest.mark.parametrize("key", [NRC, "*NRCALONG*", "jw01_nrcalong", "jw01_*"])
def test_custom_pixels_are_chosen_by_mode_or_exposure(correct, scene, key):
    image = scene.image(scene.cube(1)[0])
    assert (
        correct(image, method="custom", custom_kwargs={key: [[1, 2]]}).images["I1"].results["left bad"] == 1
    )
    assert (
        correct(image, method="custom", custom_kwargs={"*MIRI*": [[1, 2]]}).images["I1"].results["left bad"]
        == 0
    )


@pytest.mark.parametrize("extension", ["SCI", "DQ", ""])
def test_custom_maps_come_from_files(correct, scene, tmp_path, extension):
    bad = np.zeros(scene.truth.shape, np.int32)
    bad[10, 40], bad[11, 41] = 1, 1 | PIXEL_DQ["HOT"]
    other = np.where(bad == 0, PIXEL_DQ["HOT"], bad) if extension == "DQ" else bad
    hdus = [fits.PrimaryHDU(), fits.ImageHDU(other, name=extension)] if extension else [fits.PrimaryHDU(bad)]
    path = tmp_path / "map.fits"
    fits.HDUList(hdus).writeto(path)
    made = correct(scene.image(scene.cube(2)), method="custom", custom_kwargs={"*": str(path)}).images["I1"]
    assert np.argwhere(made.arrays["dq"][1]).tolist() == [[10, 40], [11, 41]]
    assert made.results["found by custom"] == 4


def test_custom_pixels_that_do_not_fit_are_refused(correct, scene, tmp_path):
    image = scene.image(scene.cube(2))
    for place in ([96, 0], [0, 80], [2, 0, 0], [-1, 0]):
        with pytest.raises(UserError, match="lies outside jw01_nrcalong_calints"):
            correct(image, method="custom", custom_kwargs={"*": [place]})
    path = tmp_path / "map.fits"
    fits.PrimaryHDU(np.zeros((5, 5), np.uint8)).writeto(path)
    with pytest.raises(UserError, match=r"holds an image of \(5, 5\)"):
        correct(image, method="custom", custom_kwargs={"*": str(path)})
    path.write_text("no FITS")
    with pytest.raises(UserError, match="cannot be read as FITS"):
        correct(image, method="custom", custom_kwargs={"*": str(path)})


def test_dqarr_finds_flags_and_never_erases_them(correct, scene):
    bad = np.zeros(scene.truth.shape, dtype=bool)
    bad[10, 40] = True
    image = scene.image(scene.cube(1)[0], bad, nan=False)
    for parameters in ({"method": "dqarr"}, {"method": "dqarr", "set_dq_zero": True}, {"method": "sigclip"}):
        made = correct(image, **parameters).images["I1"]
        assert made.arrays["dq"][10, 40] == BAD
    assert correct(image, method="dqarr", set_dq_zero=True).images["I1"].results["found by dqarr"] == 1
    fixed = correct(image, method="dqarr+localmed", set_dq_zero=True).images["I1"]
    assert fixed.arrays["dq"][10, 40] == PIXEL_DQ["FLUX_ESTIMATED"]
    assert abs(fixed.arrays["data"][10, 40] - scene.truth[10, 40]) < 3


def test_set_dq_zero_repairs_only_what_finders_find(correct, scene):
    bad = np.zeros(scene.truth.shape, dtype=bool)
    bad[10, 40] = True
    data = scene.cube(1)[0]
    data[10, 41] += 500
    made = correct(scene.image(data, bad), method="sigclip+localmed", set_dq_zero=True).images["I1"]
    assert np.isnan(made.arrays["data"][10, 40])
    assert made.arrays["dq"][10, 40] == BAD
    assert abs(made.arrays["data"][10, 41] - scene.truth[10, 41]) < 3
    assert made.results["repaired by localmed"] == 1


def test_finders_between_fixers_find_what_is_left(correct):
    data = noise((1, 60, 60))
    data[0, 30, 30] = np.nan
    data[0, 10, 10] = 200
    made = correct(ArrayImage(data), method="localmed+sigclip+medfilt").images["I1"].results
    assert made == {
        "bad at first": 1,
        "repaired by localmed": 1,
        "found by sigclip": 1,
        "repaired by medfilt": 1,
        "left bad": 0,
        "in clusters of NaN": 0,
    }
