"""A way to the sky as the world coordinate system that the reproject package takes (APE 14)."""

from typing import Any

from astropy.coordinates import ICRS, SkyCoord
from astropy.wcs.wcsapi import BaseLowLevelWCS
from numpy.typing import ArrayLike

from mkrefs.api import SkyTransform


class SkyWCS(BaseLowLevelWCS):  # type: ignore[misc]  # astropy has no types
    """A box of an image, as a celestial coordinate system.

    Parameters
    ----------
    sky : SkyTransform
        The way to the sky of the whole image.
    shape : (int, int)
        Rows and columns of the box.
    corner : (int, int)
        First row and first column of the box in the image.
    """

    def __init__(self, sky: SkyTransform, shape: tuple[int, int], corner: tuple[int, int] = (0, 0)) -> None:
        self._sky = sky
        self._shape = shape
        self._corner = corner

    @property
    def pixel_n_dim(self) -> int:
        """Number of pixel axes."""
        return 2

    @property
    def world_n_dim(self) -> int:
        """Number of axes on the sky."""
        return 2

    @property
    def array_shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return self._shape

    @property
    def pixel_shape(self) -> tuple[int, int]:
        """Columns and rows."""
        return self._shape[1], self._shape[0]

    @property
    def world_axis_physical_types(self) -> list[str]:
        """What the axes on the sky are."""
        return ["pos.eq.ra", "pos.eq.dec"]

    @property
    def world_axis_units(self) -> list[str]:
        """Units of the axes on the sky."""
        return ["deg", "deg"]

    @property
    def world_axis_object_components(self) -> list[tuple[str, Any, str]]:
        """How the axes make a celestial coordinate."""
        return [("celestial", 0, "spherical.lon.degree"), ("celestial", 1, "spherical.lat.degree")]

    @property
    def world_axis_object_classes(self) -> dict[str, Any]:
        """The class of celestial coordinates."""
        return {"celestial": (SkyCoord, (), {"frame": ICRS(), "unit": "deg"})}

    def pixel_to_world_values(self, *pixel_arrays: ArrayLike) -> Any:
        """Give right ascension and declination of pixels x, y."""
        x, y = pixel_arrays
        return self._sky.to_sky(x + self._corner[1], y + self._corner[0])  # type: ignore[operator]

    def world_to_pixel_values(self, *world_arrays: ArrayLike) -> Any:
        """Give the pixels x, y of right ascension and declination."""
        x, y = self._sky.to_pixel(*world_arrays)
        return x - self._corner[1], y - self._corner[0]
