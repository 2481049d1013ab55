"""Both ways to the sky agree with what they were made from, beyond the edges too, and invert themselves."""

import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy.modeling.models import Mapping, Polynomial2D, Shift
from astropy.wcs import WCS

from mkrefs.errors import UserError
from mkrefs.images.fits_image import FitsImage
from mkrefs.images.inverse import mean_scale, pixels_at
from mkrefs.images.sky import GwcsSky, KeywordSky
from mkrefs.testing import TangentSky
from mkrefs.testing.tangent_gwcs import tangent_gwcs

SHAPE = (48, 64)
SKY = TangentSky((30.0, 20.0), rotation=25.0, distortion=(3e-5, 1e-5, -2e-5, 1e-5, -3e-5, 2e-5))

#: Pixels over the array and half of it around.
X, Y = np.meshgrid(np.linspace(-30.0, 95.0, 11), np.linspace(-20.0, 70.0, 9))


def distance(sky_a, sky_b):
    return SkyCoord(*sky_a, unit="deg").separation(SkyCoord(*sky_b, unit="deg")).arcsec


def test_the_gwcs_of_the_model_is_used_beyond_its_bounding_box(model_file):
    sky = FitsImage(model_file()).sky
    assert isinstance(sky, GwcsSky)
    assert distance(sky.to_sky(X, Y), SKY.to_sky(X, Y)).max() < 1e-7
    x, y = sky.to_pixel(*SKY.to_sky(X, Y))
    np.testing.assert_allclose(x, X, atol=1e-6)
    np.testing.assert_allclose(y, Y, atol=1e-6)


def test_keywords_are_used_with_their_sip_distortion(bare_file):
    path = bare_file()
    sky = FitsImage(path).sky
    assert isinstance(sky, KeywordSky)
    expected = WCS(fits.getheader(path, "SCI")).all_pix2world(X.ravel(), Y.ravel(), 0)
    np.testing.assert_allclose(sky.to_sky(X, Y), np.reshape(expected, (2, *X.shape)), rtol=0, atol=1e-12)
    x, y = sky.to_pixel(*sky.to_sky(X, Y))
    np.testing.assert_allclose(x, X, atol=1e-6)
    np.testing.assert_allclose(y, Y, atol=1e-6)


def test_an_image_with_neither_has_no_sky(bare_file):
    assert FitsImage(bare_file(CTYPE1="", CTYPE2="")).sky is None


def test_keywords_that_make_no_sense_are_refused(bare_file):
    with pytest.raises(UserError, match=r"tile1_cal.fits: its WCS leads nowhere .*; mend or remove it"):
        _ = FitsImage(bare_file(CD1_1=0.0, CD1_2=0.0)).sky


def test_a_model_without_gwcs_falls_back_on_its_keywords(model_file):
    path = model_file()
    image = FitsImage(path)
    with image.model() as model:
        del model.meta.wcs
        for name, value in (("crpix1", 31.0), ("crpix2", 21.0), ("crval1", 150.0), ("crval2", 2.0)):
            setattr(model.meta.wcsinfo, name, value)
        model.meta.wcsinfo.ctype1, model.meta.wcsinfo.ctype2 = "RA---TAN", "DEC--TAN"
        model.meta.wcsinfo.cdelt1 = model.meta.wcsinfo.cdelt2 = 1.75e-5
        model.save(str(path.with_name("other_rate.fits")))
    sky = FitsImage(path.with_name("other_rate.fits")).sky
    assert isinstance(sky, KeywordSky)
    np.testing.assert_allclose(np.ravel(sky.to_sky(30.0, 20.0)), [150.0, 2.0], atol=1e-12)


def test_positions_of_other_frames_come_as_icrs(bare_file):
    galactic = {"CTYPE1": "GLON-TAN", "CTYPE2": "GLAT-TAN", "A_ORDER": "", "B_ORDER": ""}
    sips = dict.fromkeys(("A_2_0", "A_1_1", "B_0_2", "B_2_0"), "")
    sky = FitsImage(bare_file(**galactic, **sips)).sky
    ra, dec = sky.to_sky(30.0, 20.0)
    assert (
        SkyCoord(ra, dec, unit="deg").separation(SkyCoord(l=150, b=2, unit="deg", frame="galactic")).arcsec
        < 1e-6
    )
    np.testing.assert_allclose(np.ravel(sky.to_pixel(ra, dec)), [30.0, 20.0], atol=1e-6)


def test_a_gwcs_without_an_inverse_is_inverted_by_numbers():
    bent = Mapping((0, 1, 0, 1)) | (
        Polynomial2D(2, c1_0=1.0, c2_0=2e-4, c1_1=1e-4) & Polynomial2D(2, c0_1=1.0, c0_2=-2e-4)
    )
    wcs = tangent_gwcs(TangentSky((30.0, 20.0)), SHAPE)
    wcs.insert_transform("detector", Shift(0.0) & Shift(0.0) | bent, after=True)
    with pytest.raises(NotImplementedError):
        _ = wcs.backward_transform
    sky = GwcsSky(wcs, SHAPE)
    x, y = sky.to_pixel(*sky.to_sky(X, Y))
    np.testing.assert_allclose(x, X, atol=1e-6)
    np.testing.assert_allclose(y, Y, atol=1e-6)


def test_a_rough_inverse_is_made_exact():
    wcs = tangent_gwcs(TangentSky((30.0, 20.0)), SHAPE)
    rough = Shift(0.0) & Shift(0.0)
    rough.inverse = Shift(0.3) & Shift(-0.2)
    wcs.insert_transform("detector", rough, after=True)
    x, y = GwcsSky(wcs, SHAPE).to_pixel(*TangentSky((30.0, 20.0)).to_sky(X, Y))
    np.testing.assert_allclose(x, X, atol=1e-6)
    np.testing.assert_allclose(y, Y, atol=1e-6)


def test_the_other_half_of_the_sky_has_no_pixels():
    ra, dec = np.array([330.0, 150.0]), np.array([-2.0, 2.0])
    x, y = pixels_at(SKY.to_sky, mean_scale(SKY.to_sky, SHAPE), ra, dec)
    assert np.isnan([x[0], y[0]]).all()
    np.testing.assert_allclose([x[1], y[1]], [30.0, 20.0], atol=1e-6)


@pytest.mark.parametrize("dec", [0.0, 60.0, -89.99])
def test_near_a_pole_and_across_zero_hours(dec):
    there = TangentSky((30.0, 20.0), reference_sky=(0.0, dec), scale=0.5)
    x, y = pixels_at(there.to_sky, mean_scale(there.to_sky, SHAPE), *there.to_sky(X, Y))
    np.testing.assert_allclose(x, X, atol=1e-6)
    np.testing.assert_allclose(y, Y, atol=1e-6)
