"""The two ways from pixels to the sky that files hold: a gwcs object, and FITS keywords."""

import warnings
from typing import Any

import numpy as np
from astropy.io import fits
from numpy.typing import ArrayLike, NDArray

from mkrefs.contract.calibrated_image import Positions
from mkrefs.images.inverse import mean_scale, pixels_at


class GwcsSky:
    """A gwcs object, as `mkrefs.api.SkyTransform`; its bounding box is passed over.

    Parameters
    ----------
    wcs : gwcs.WCS
        From two pixel axes to right ascension and declination, degrees.
    shape : tuple of int
        Shape of the array.
    """

    def __init__(self, wcs: Any, shape: tuple[int, ...]) -> None:
        self._wcs = wcs
        self._scale = mean_scale(self.to_sky, shape)
        try:
            self._backward = wcs.backward_transform
        except NotImplementedError:
            self._backward = None

    def to_sky(self, x: ArrayLike, y: ArrayLike) -> Positions:
        """Give right ascension (0 to 360) and declination, degrees, of pixels."""
        at_x, at_y = _pair(x, y)
        ra, dec = self._wcs(at_x, at_y, with_bounding_box=False)
        return np.asarray(ra, dtype=np.float64) % 360.0, np.asarray(dec, dtype=np.float64)

    def to_pixel(self, ra: ArrayLike, dec: ArrayLike) -> Positions:
        """Give the pixels (x, y) of positions: those that `to_sky` takes there.

        An inverse that comes with the object, which may be approximate, is only where the search begins.
        """
        at_ra, at_dec = _pair(ra, dec)
        start = None
        if self._backward is not None:
            x, y = self._backward(at_ra, at_dec, with_bounding_box=False)
            start = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
        return pixels_at(self.to_sky, self._scale, at_ra, at_dec, start)


class KeywordSky:
    """The WCS that FITS keywords describe, SIP distortion included, as `mkrefs.api.SkyTransform`.

    Parameters
    ----------
    wcs : astropy.wcs.WCS
        With two celestial axes of any frame that astropy knows.
    shape : tuple of int
        Shape of the array.
    """

    def __init__(self, wcs: Any, shape: tuple[int, ...]) -> None:
        from astropy.wcs.utils import wcs_to_celestial_frame

        self._wcs = wcs
        frame = wcs_to_celestial_frame(wcs)
        self._frame = None if frame.name == "icrs" else frame
        self._scale = mean_scale(self.to_sky, shape)

    def to_sky(self, x: ArrayLike, y: ArrayLike) -> Positions:
        """Give right ascension (0 to 360) and declination, degrees, of pixels."""
        at_x, at_y = _pair(x, y)
        world = self._wcs.all_pix2world(at_x.ravel(), at_y.ravel(), 0)
        longitude, latitude = (
            world[axis].reshape(at_x.shape) for axis in (self._wcs.wcs.lng, self._wcs.wcs.lat)
        )
        return _to_icrs(longitude, latitude, self._frame)

    def to_pixel(self, ra: ArrayLike, dec: ArrayLike) -> Positions:
        """Give the pixels (x, y) of positions: those that `to_sky` takes there."""
        return pixels_at(self.to_sky, self._scale, *_pair(ra, dec))


def keyword_sky(header: fits.Header, shape: tuple[int, ...]) -> KeywordSky | None:
    """Give the way to the sky that a header describes; None if it does not."""
    from astropy.wcs import WCS, FITSFixedWarning

    if "CTYPE1" not in header or "CTYPE2" not in header:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FITSFixedWarning)  # old spellings of dates and units
        wcs = WCS(header, naxis=2)
    return KeywordSky(wcs, shape) if wcs.has_celestial else None


def _pair(first: ArrayLike, second: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    one, other = np.broadcast_arrays(
        np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    )
    return one, other


def _to_icrs(longitude: NDArray[np.float64], latitude: NDArray[np.float64], frame: Any) -> Positions:
    if frame is None:
        return longitude % 360.0, latitude
    from astropy.coordinates import ICRS, SkyCoord

    usable = np.isfinite(longitude) & np.isfinite(latitude)
    found = SkyCoord(
        np.where(usable, longitude, 0.0), np.where(usable, latitude, 0.0), unit="deg", frame=frame
    )
    icrs = found.transform_to(ICRS())
    return np.where(usable, icrs.ra.deg, np.nan), np.where(usable, icrs.dec.deg, np.nan)
