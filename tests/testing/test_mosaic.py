from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from mkrefs.api import CalibratedImage, UserError
from mkrefs.testing import MosaicSpec, simulate_mosaic

SMALL = MosaicSpec(
    tiles=(2, 2), dithers=2, shape=(128, 160), slope=0.03, vertical_stripes=0.01, ripple=0.02, psf_fwhm=3.0
)
DO_NOT_USE, REFERENCE_PIXEL = 1, 2**31


@pytest.fixture(scope="module")
def mosaic():
    return simulate_mosaic(SMALL)


def residual(mosaic, role):
    """What is left of an image when all but the noise is taken off, NaN where something else is."""
    truth, data = mosaic.truth[role], mosaic.images[role].array("data")
    divisor = truth.flat if mosaic.spec.flat_fielded else 1
    known = truth.flat * (truth.scene + truth.background)
    pattern = truth.stripes + truth.vertical_stripes + truth.ripple
    left = data * divisor - (known + pattern)
    return np.where(truth.cosmic_rays | truth.bad_pixels, np.nan, left)


def test_images_are_in_order_of_time_and_named_as_in_the_archive(mosaic):
    assert list(mosaic.images) == list(mosaic.truth) == [f"I{number}" for number in range(1, 9)]
    assert all(isinstance(image, CalibratedImage) for image in mosaic.images.values())
    times = [f"{i.header['DATE-OBS']}T{i.header['TIME-OBS']}" for i in mosaic.images.values()]
    assert times == sorted(times) and len(set(times)) == 8
    names = [image.name for image in mosaic.images.values()]
    assert names[:3] == [
        "jw01062001001_02101_00001_nrcalong_cal.fits",
        "jw01062001001_02101_00002_nrcalong_cal.fits",
        "jw01062001002_02101_00001_nrcalong_cal.fits",
    ]
    header = mosaic.images["I2"].header
    told = {key: header[key] for key in ("VISIT", "EXPOSURE", "PATT_NUM", "NUMDTHPT", "BKGDTARG", "SLOWAXIS")}
    assert told == {
        "VISIT": "001",
        "EXPOSURE": "2",
        "PATT_NUM": 2,
        "NUMDTHPT": 2,
        "BKGDTARG": False,
        "SLOWAXIS": 2,
    }


@pytest.mark.parametrize("changes", [{}, {"flat": 0.05}, {"flat": 0.05, "flat_fielded": False}])
def test_an_image_is_what_its_truth_says(changes):
    mosaic = simulate_mosaic(replace(SMALL, tiles=(1, 1), dithers=1, **changes))
    left = residual(mosaic, "I1")
    assert np.nanstd(left) == pytest.approx(0.05, rel=0.02)
    assert abs(np.nanmean(left)) < 0.002
    image, truth = mosaic.images["I1"], mosaic.truth["I1"]
    expected = truth.sigma / (truth.flat if image.flat() is not None else 1)
    np.testing.assert_allclose(
        image.array("err"), np.where(np.isnan(left), image.array("err"), expected), rtol=1e-5
    )
    assert (image.flat() is None) is not mosaic.spec.flat_fielded
    assert image.header["S_FLAT"] == ("COMPLETE" if mosaic.spec.flat_fielded else "SKIPPED")


def test_errors_and_variances_know_of_shot_noise():
    mosaic = simulate_mosaic(replace(SMALL, tiles=(1, 1), dithers=1, shot_noise=0.05, source=20.0))
    image = mosaic.images["I1"]
    pulls = residual(mosaic, "I1") / image.array("err")
    assert np.nanstd(pulls) == pytest.approx(1, rel=0.02)
    variance = image.array("var_poisson") + image.array("var_rnoise")
    np.testing.assert_allclose(variance, image.array("err") ** 2, rtol=1e-5)
    assert np.nanmax(image.array("var_poisson")) > 0.5


def test_the_scene_is_the_same_through_every_wcs(mosaic):
    seen = 0
    for one, other in (("I1", "I2"), ("I1", "I3"), ("I3", "I6")):
        first, second = mosaic.truth[one], mosaic.truth[other]
        y, x = np.mgrid[0.0:128, 0.0:160]
        at = second.sky.to_pixel(*first.sky.to_sky(x, y))[::-1]
        there = ndimage.map_coordinates(second.extended.astype(float), at, order=5, cval=np.nan)
        inside = [(place > 8) & (place < size - 9) for place, size in zip(at, (128, 160), strict=True)]
        both = inside[0] & inside[1]
        seen += both.sum()
        np.testing.assert_allclose(there[both], first.extended[both], atol=1e-4)
        stars = [image.scene - image.extended for image in (first, second)]
        there = ndimage.map_coordinates(stars[1].astype(float), at, order=5, cval=np.nan)
        assert np.std((there - stars[0])[both]) < 0.02 * np.std(stars[0][both])
    assert seen > 10000


def test_the_extended_source_lies_across_tiles(mosaic):
    covered = [(truth.extended > 0.5).mean() for truth in mosaic.truth.values()]
    assert sum(share > 0.1 for share in covered) >= 4
    assert max(truth.extended.max() for truth in mosaic.truth.values()) == pytest.approx(5, abs=1)


def test_tiles_are_rotated_and_dithered_by_parts_of_a_pixel(mosaic):
    turns = [truth.sky.rotation for truth in mosaic.truth.values()]
    assert turns[0] == turns[1] and len(set(turns)) == 4
    first, second = mosaic.truth["I1"].sky, mosaic.truth["I2"].sky
    x, y = first.to_pixel(*second.reference_sky)
    for moved in (x - first.reference_pixel[0], y - first.reference_pixel[1]):
        assert 0.01 < abs(moved) < 26


def test_levels_and_planes_have_the_rms_asked_for(mosaic):
    truths = list(mosaic.truth.values())
    assert np.std([truth.level for truth in truths]) == pytest.approx(0.075)
    assert np.std([truth.slope_x * 80 for truth in truths]) == pytest.approx(0.03)
    truth = truths[0]
    assert truth.background.mean() == pytest.approx(truth.sky_level + truth.level)
    assert truth.background[:, -1] - truth.background[:, 0] == pytest.approx(159 * truth.slope_x)
    assert truth.background[-1] - truth.background[0] == pytest.approx(127 * truth.slope_y)


@pytest.mark.parametrize("axes", [None, (1, -2), (2, 1), (-2, -1)])
def test_stripes_follow_the_axes(axes):
    spec = MosaicSpec(
        tiles=(1, 1), shape=(256, 512), axes=axes, stripes=0.1, vertical_stripes=0.02, ripple=0.03
    )
    mosaic = simulate_mosaic(spec)
    truth, header = mosaic.truth["I1"], mosaic.images["I1"].header
    assert (header["FASTAXIS"], header["SLOWAXIS"]) == (axes or (-1, 2))
    along_rows = axes is None or abs(axes[1]) == 2
    stripes = truth.stripes if along_rows else truth.stripes.T
    vertical = truth.vertical_stripes if along_rows else truth.vertical_stripes.T
    ripple = truth.ripple if along_rows else truth.ripple.T
    quarters = np.split(stripes, 4, axis=1)
    for quarter in quarters:
        assert np.ptp(quarter, axis=1).max() == 0
        assert quarter.mean() == pytest.approx(0, abs=1e-4)
    assert stripes.std() == pytest.approx(0.1, rel=0.25)
    assert 0.2 < np.corrcoef(quarters[0][:, 0], quarters[3][:, 0])[0, 1] < 0.9
    assert np.ptp(vertical, axis=0).max() == 0
    assert vertical.std() == pytest.approx(0.02, rel=1e-3)
    assert np.ptp(ripple, axis=1).max() == 0
    assert ripple.std() == pytest.approx(0.03 / np.sqrt(2), rel=1e-3)


@pytest.mark.parametrize(("exponent", "low", "high"), [(1.0, -1.3, -0.7), (0.0, -0.2, 0.2)])
def test_the_power_of_stripes_goes_with_frequency(exponent, low, high):
    spec = MosaicSpec(
        tiles=(1, 1), shape=(4096, 16), stripes_exponent=exponent, stripes_common=0.0, source=0, stars=0
    )
    stripes = simulate_mosaic(spec).truth["I1"].stripes[:, ::4]
    power = (np.abs(np.fft.rfft(stripes, axis=0)) ** 2).mean(axis=1)[4:1024]
    slope = np.polyfit(np.log(np.arange(4, 1024)), np.log(power), 1)[0]
    assert low < slope < high


def test_blemishes():
    whole = simulate_mosaic(
        MosaicSpec(tiles=(1, 1), dithers=2, shape=(512, 512), cosmic_rays=0.01, bad_pixels=0.01)
    )
    for image, truth in zip(whole.images.values(), whole.truth.values(), strict=True):
        data, dq = image.array("data"), image.array("dq")
        assert truth.cosmic_rays.mean() == pytest.approx(0.01, rel=0.15)
        assert truth.bad_pixels.mean() == pytest.approx(0.01, rel=0.15)
        np.testing.assert_array_equal(dq == DO_NOT_USE, truth.bad_pixels)
        assert np.isnan(data[truth.bad_pixels]).mean() == pytest.approx(0.5, abs=0.05)
        assert not np.isnan(data[~truth.bad_pixels]).any()
        labels, count = ndimage.label(truth.cosmic_rays, np.ones((3, 3)))
        sizes = ndimage.sum(truth.cosmic_rays, labels, range(1, count + 1))
        assert sizes.max() >= 10 and np.median(sizes) <= 4
    first, second = whole.truth.values()
    np.testing.assert_array_equal(first.bad_pixels, second.bad_pixels)
    assert (first.cosmic_rays & second.cosmic_rays).sum() < 0.1 * first.cosmic_rays.sum()


def test_reference_pixels_are_a_border():
    image = simulate_mosaic(replace(SMALL, tiles=(1, 1), dithers=1, reference_pixels=True)).images["I1"]
    border = np.ones(image.shape, bool)
    border[4:-4, 4:-4] = False
    np.testing.assert_array_equal((image.array("dq") & REFERENCE_PIXEL) != 0, border)
    assert np.isnan(image.array("data")[border]).all()
    assert (image.array("dq")[border] & DO_NOT_USE).all()


def test_nircam_short_chips_expose_together_side_by_side():
    chips = ("NRCA1", "NRCA2", "NRCA3", "NRCA4")
    mosaic = simulate_mosaic(replace(SMALL, tiles=(1, 1), detectors=chips, shape=(64, 64), backgrounds=1))
    assert [i.header["DETECTOR"] for i in mosaic.images.values()] == 3 * list(chips)
    headers = [image.header for image in mosaic.images.values()]
    assert len({tuple(h[k] for k in ("VISIT", "EXPOSURE", "TIME-OBS")) for h in headers[:4]}) == 1
    assert [h["BKGDTARG"] for h in headers] == 8 * [False] + 4 * [True]
    assert headers[8]["VISIT"] == "002"
    skies = [mosaic.truth[f"I{number}"].sky for number in range(1, 5)]
    x, y = skies[0].to_pixel(*np.transpose([sky.reference_sky for sky in skies]))
    pitch = 1.07 * 64
    np.testing.assert_allclose(x - x[0], [0, 0, pitch, pitch], atol=0.01)
    np.testing.assert_allclose(y - y[0], [0, pitch, 0, pitch], atol=0.01)
    assert mosaic.truth["I9"].scene.max() < 1e-3


def test_the_region_of_the_coronagraph_has_a_level_of_its_own():
    spec = MosaicSpec(tiles=(2, 1), detectors=("MIRIMAGE",), shape=(64, 80), lyot=(0, 20, 40, 64))
    truth = simulate_mosaic(spec).truth["I1"]
    inside = truth.background[40:, :20]
    assert inside == pytest.approx(truth.sky_level + truth.level + truth.lyot_level)
    assert truth.background[0, 0] == pytest.approx(truth.sky_level + truth.level)
    assert truth.lyot_level != 0
    assert np.ptp(truth.stripes, axis=1).max() == 0


def test_the_same_specification_gives_the_same_pixels(mosaic):
    again, other = simulate_mosaic(SMALL), simulate_mosaic(replace(SMALL, seed=2))
    for role, image in mosaic.images.items():
        np.testing.assert_array_equal(again.images[role].array("data"), image.array("data"))
    assert (other.images["I1"].array("data") != mosaic.images["I1"].array("data")).mean() > 0.9


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"tiles": (0, 1)}, "are no mosaic"),
        ({"shape": (8, 64)}, "too small"),
        ({"overlap": 1.0}, "overlap"),
        ({"axes": (1, 1)}, "FASTAXIS"),
        ({"bad_pixels": 2.0}, "bad_pixels is a share"),
        ({"detectors": ("NRCA1", "NRCALONG")}, "image together"),
        ({"detectors": ("NRS1",)}, "image together"),
        ({"detectors": ()}, "no detector"),
    ],
)
def test_what_cannot_be_is_refused(wrong, told):
    with pytest.raises(UserError, match=told):
        MosaicSpec(**wrong)
