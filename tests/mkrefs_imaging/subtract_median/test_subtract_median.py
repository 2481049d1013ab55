"""The level of each frame, by each documented method, and the faults these methods had."""

import numpy as np
import pytest
from pydantic import ValidationError

from mkrefs.api import PIXEL_DQ
from mkrefs.testing import ArrayImage
from mkrefs_imaging import mkrefs_corrections
from mkrefs_imaging.subtract_median.correction import SubtractMedianCorrection
from mkrefs_imaging.subtract_median.levels import border, frame_levels
from mkrefs_imaging.subtract_median.parameters import SubtractMedianParameters

METHODS = ("border", "robust", "sigma_clipped", "simple")
NOISE = 0.05
SHAPE = (160, 128)
NOISE_OF_LEVEL = NOISE * np.sqrt(np.pi / 2 / (160 * 128))


def star(shape=SHAPE, *, peak=400.0):
    """A bright star in the middle with wide wings, which reach the border with 1/80 of the noise."""
    y, x = np.indices(shape)
    distance = np.hypot(x - shape[1] / 2, y - shape[0] / 2)
    return peak * np.exp(-((distance / 6.0) ** 2)) + 50 * np.exp(-((distance / 18.0) ** 2))


def frames(levels, *, seed=1, peak=400.0):
    rng = np.random.default_rng(seed)
    noise = rng.normal(0, NOISE, (len(levels), *SHAPE))
    return (np.asarray(levels)[:, None, None] + star(peak=peak) + noise).astype(np.float32)


def correct(image, tmp_path, **parameters):
    return SubtractMedianCorrection().correct({"I1": image}, SubtractMedianParameters(**parameters), tmp_path)


def levels_of(data, usable=None, **changes):
    usable = np.ones(data.shape, dtype=bool) if usable is None else usable
    settings = SubtractMedianParameters().model_dump() | changes
    names = ("method", "sigma", "borderwidth", "max_iters", "robust_sigma")
    return frame_levels(data, usable, **{name: settings[name] for name in names})


def test_the_correction_is_registered_and_changes_no_standing():
    assert SubtractMedianCorrection in mkrefs_corrections()
    assert SubtractMedianCorrection.changes == frozenset()
    assert SubtractMedianCorrection.planes == "integrations"


def test_defaults_are_the_documented_ones():
    documented = {
        "types": ("SCI", "SCI_TA", "SCI_BG", "REF", "REF_TA", "REF_BG"),
        "method": "border",
        "sigma": 3.0,
        "borderwidth": 32,
    }
    assert documented.items() <= SubtractMedianParameters().model_dump().items()


@pytest.mark.parametrize("nints", [1, 3, 20])
def test_the_border_is_measured_along_the_edges_whatever_the_number_of_integrations(nints):
    levels = np.linspace(-1, 2, nints)
    found = levels_of(frames(levels), borderwidth=16)
    np.testing.assert_allclose(found, levels, atol=6 * NOISE_OF_LEVEL)


def test_the_border_has_the_same_width_on_all_sides():
    mask = border((9, 7), 2)
    assert mask[[0, 1, 7, 8]].all()
    assert mask[:, [0, 1, 5, 6]].all()
    assert not mask[2:7, 2:5].any()
    assert border((9, 7), 5).all()
    assert border((9, 7), 40).all()


@pytest.mark.parametrize("method", METHODS)
def test_bad_pixels_are_not_measured(method):
    data = frames([0.5, 0.5])
    usable = np.ones(data.shape, dtype=bool)
    rng = np.random.default_rng(2)
    usable[rng.random(data.shape) < 0.6] = False
    spoilt = np.where(usable, data, 1000.0).astype(np.float32)
    np.testing.assert_allclose(
        levels_of(spoilt, usable, method=method),
        levels_of(np.where(usable, data, -1000.0).astype(np.float32), usable, method=method),
    )


@pytest.mark.parametrize("method", ["robust", "sigma_clipped"])
def test_stars_are_clipped(method):
    found = levels_of(frames([0.3, -0.2], peak=100.0), method=method)
    simple = levels_of(frames([0.3, -0.2], peak=100.0), method="simple")
    assert np.abs(found - [0.3, -0.2]).max() < 0.5 * np.abs(simple - [0.3, -0.2]).min()


def test_simple_is_the_plain_median():
    data = frames([0.3, -0.2])
    np.testing.assert_allclose(levels_of(data, method="simple"), np.median(data, axis=(1, 2)), rtol=1e-6)


@pytest.mark.parametrize("method", ["border", "sigma_clipped"])
def test_sigma_and_the_number_of_passes_count(method):
    data = frames([0.0])
    data[0, :, ::3] += 4 * NOISE
    tight = levels_of(data, method=method, sigma=1.5)
    loose = levels_of(data, method=method, sigma=50.0)
    never = levels_of(data, method=method, sigma=1.5, max_iters=0)
    assert tight[0] < loose[0]
    assert never[0] > tight[0]


def test_robust_sigma_counts():
    data = frames([0.0])
    data[0, :, ::3] += 4 * NOISE
    assert levels_of(data, method="robust", robust_sigma=1.0) < levels_of(data, method="robust")


@pytest.mark.parametrize("method", METHODS)
def test_flags_and_nans_of_the_image_are_left_out_and_stay(tmp_path, method):
    data = frames([0.5, -0.5, 0.1])
    dq = np.zeros(data.shape, np.uint32)
    dq[:, :40] = PIXEL_DQ["DO_NOT_USE"]
    data[:, :40] += 30.0
    dq[:, 40:50] = PIXEL_DQ["NON_SCIENCE"]
    data[:, 40:50] -= 30.0
    data[:, -1] = np.nan
    made = correct(ArrayImage(data, dq=dq), tmp_path, method=method).images["I1"]
    assert set(made.arrays) == {"data"}
    taken = data - made.arrays["data"]
    np.testing.assert_array_equal(np.isnan(made.arrays["data"]), np.isnan(data))
    for level, frame in zip([0.5, -0.5, 0.1], taken, strict=True):
        value = np.nanmedian(frame)
        assert np.nanmax(np.abs(frame - value)) < 1e-4
        assert value == pytest.approx(level, abs=0.03 if method == "border" else 1.0)


def test_images_of_two_axes_are_taken(tmp_path):
    data = frames([0.7])[0]
    made = correct(ArrayImage(data), tmp_path, borderwidth=16).images["I1"]
    assert made.arrays["data"].shape == SHAPE
    assert made.arrays["data"].dtype == np.float32
    assert made.results["level"] == pytest.approx(0.7, abs=6 * NOISE_OF_LEVEL)


def test_inputs_are_left_alone(tmp_path):
    image = ArrayImage(frames([0.7]))
    before = image.array("data").copy()
    correct(image, tmp_path)
    np.testing.assert_array_equal(image.array("data"), before)


def test_a_frame_without_good_pixels_stays_and_is_told(tmp_path):
    data = frames([0.5, 0.5])
    dq = np.zeros(data.shape, np.uint32)
    dq[1] = PIXEL_DQ["DO_NOT_USE"]
    made = correct(ArrayImage(data, dq=dq), tmp_path)
    np.testing.assert_array_equal(made.images["I1"].arrays["data"][1], data[1])
    assert "1 of 2 frames have no good pixel" in made.warnings[0]
    dq[0] = PIXEL_DQ["DO_NOT_USE"]
    nothing = correct(ArrayImage(data, dq=dq), tmp_path)
    assert not nothing.images["I1"].arrays


def test_other_instruments_are_done_with_a_word_of_warning(tmp_path):
    made = correct(ArrayImage(frames([0.5]), header={"INSTRUME": "MIRI"}), tmp_path)
    assert made.warnings == ("subtract_median is recommended for NIRCam only; here it was used for MIRI.",)
    assert not correct(ArrayImage(frames([0.5])), tmp_path).warnings


def test_history_tells_levels(tmp_path):
    made = correct(ArrayImage(frames([0.5, 1.0]), unit="MJy/sr"), tmp_path).images["I1"]
    assert made.history[0].startswith("The median level of 2 frames was subtracted (border): 0.7")
    assert made.results["lowest level"] == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("values", [{"method": "median"}, {"sigma": 0}, {"borderwidth": 0}])
def test_values_that_make_no_sense_are_refused(values):
    with pytest.raises(ValidationError):
        SubtractMedianParameters(**values)
