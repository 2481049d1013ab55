"""A calibrated image as corrections see it: arrays, header facts and a way to the sky."""

from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mkrefs.contract.exposure_metadata import ExposureMetadata

#: Positions in pixels or on the sky: two arrays of one shape.
Positions = tuple[NDArray[np.float64], NDArray[np.float64]]


@runtime_checkable
class SkyTransform(Protocol):
    """The way between pixels and the sky; distortion included, valid beyond the edges of the array too."""

    def to_sky(self, x: ArrayLike, y: ArrayLike) -> Positions:
        """Give right ascension and declination (ICRS, degrees) of pixels; the first is (0, 0)."""

    def to_pixel(self, ra: ArrayLike, dec: ArrayLike) -> Positions:
        """Give the pixels (x along columns, y along rows) of positions on the sky, degrees."""


@runtime_checkable
class CalibratedImage(Protocol):
    """One exposure as a calibrated image, or as a cube with a plane for each integration."""

    @property
    def name(self) -> str:
        """Base name of the file, for messages and HISTORY."""

    @property
    def exposure(self) -> str:
        """Name of the exposure."""

    @property
    def metadata(self) -> ExposureMetadata:
        """What the header says of the exposure and its detector."""

    @property
    def header(self) -> Mapping[str, Any]:
        """All FITS keywords of the primary header and, where it has no such keyword, of SCI's; never None.

        HISTORY, where there is any, is one text with a line for each card of the primary header.
        """

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape (nrows, ncols), or (nints, nrows, ncols) of a cube."""

    @property
    def unit(self) -> str:
        """Unit of the science array as the header gives it: ``MJy/sr``, ``DN/s``; empty if it does not."""

    @property
    def sky(self) -> SkyTransform | None:
        """The way to the sky, from the data model's WCS or FITS keywords; None where there is neither."""

    @property
    def arrays(self) -> frozenset[str]:
        """Names of the arrays it has, by the attributes of the data model.

        ``data`` (float32), ``err``, ``dq`` (uint32), ``var_poisson``, ``var_rnoise``, ``var_flat``, ``area``.
        """

    def array(self, name: str) -> NDArray[Any]:
        """Give an array, in the machine's byte order and read-only.

        Raises
        ------
        mkrefs.api.UserError
            If the image has no such array.
        """

    def flat(self) -> NDArray[np.float32] | None:
        """Give the flat field that the image was divided by, cut to its subarray.

        None where it was not divided by one. What the flat does not know is NaN.

        Raises
        ------
        mkrefs.api.UserError
            If the reference file named in the header is not at hand.
        """

    def model(self) -> Any:
        """Open the data model of the image anew, for packages that work on models; the caller closes it."""
