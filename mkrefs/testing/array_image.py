"""A calibrated image held in memory, for tests of corrections that should not need files."""

from collections.abc import Hashable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from mkrefs.contract.calibrated_image import SkyTransform
from mkrefs.contract.exposure_metadata import ExposureMetadata
from mkrefs.errors import UserError
from mkrefs.instruments.exposure_header import exposure_metadata, present

# What a header that says nothing is taken to say; the size is that of the array.
_USUAL_HEADER: Mapping[Hashable, Any] = MappingProxyType(
    {
        "INSTRUME": "NIRCAM",
        "DETECTOR": "NRCALONG",
        "EXP_TYPE": "NRC_IMAGE",
        "READPATT": "SHALLOW4",
        "SUBARRAY": "FULL",
        "SUBSTRT1": 1,
        "SUBSTRT2": 1,
        "FASTAXIS": -1,
        "SLOWAXIS": 2,
        "NINTS": 1,
        "NGROUPS": 5,
        "NFRAMES": 4,
        "GROUPGAP": 1,
    }
)


class ArrayImage:
    """A calibrated image made of arrays; it fulfils `mkrefs.api.CalibratedImage`.

    Parameters
    ----------
    data : array_like, shape (nrows, ncols) or (nints, nrows, ncols)
        The science array; copied as float32.
    err : array_like or None
        Errors in the shape of ``data``; None leaves the image without.
    dq : array_like or None
        DQ flags, rows and columns at least; None leaves the image without.
    arrays : mapping of str to array_like
        Further arrays by the attribute of the data model: ``var_rnoise``, ``area`` ...
    sky : SkyTransform or None
        The way to the sky. Only a `TangentSky` goes to the data model of `model`.
    metadata : ExposureMetadata or None
        None takes what ``header`` says, and for the rest a NIRCam long-wave detector read FULL.
    header : mapping of str to object
        Values by FITS keyword.
    unit : str
        Unit of the science array.
    flat : array_like or None, shape (nrows, ncols)
        The flat field the image was divided by.
    name, exposure : str
        Names in messages; without ``exposure``, it is the name up to the last underscore.

    Raises
    ------
    ValueError
        If the shapes do not agree.
    """

    def __init__(
        self,
        data: ArrayLike,
        *,
        err: ArrayLike | None = None,
        dq: ArrayLike | None = None,
        arrays: Mapping[str, ArrayLike] = MappingProxyType({}),
        sky: SkyTransform | None = None,
        metadata: ExposureMetadata | None = None,
        header: Mapping[str, Any] = MappingProxyType({}),
        unit: str = "MJy/sr",
        flat: ArrayLike | None = None,
        name: str = "array_cal.fits",
        exposure: str = "",
    ) -> None:
        given = {"data": data, "err": err, "dq": dq, **arrays}
        self._arrays = {
            key: _read_only(array, _kind(key)) for key, array in given.items() if array is not None
        }
        self._flat = None if flat is None else _read_only(flat, np.float32)
        self._check_shapes()
        self._header = MappingProxyType({key: value for key, value in header.items() if value is not None})
        self._metadata = _metadata(self._header, self.shape) if metadata is None else metadata
        self._sky, self._unit, self._name = sky, unit, name
        self._exposure = exposure or name.rpartition("_")[0] or name

    def _check_shapes(self) -> None:
        if len(self.shape) not in (2, 3):
            raise ValueError(f"data has {len(self.shape)} dimensions, not 2 or 3")
        for key, array in self._arrays.items():
            if array.shape not in (self.shape, self.shape[-2:]):
                raise ValueError(f"{key} has the shape {array.shape}, data has {self.shape}")
        if self._flat is not None and self._flat.shape != self.shape[-2:]:
            raise ValueError(f"flat has the shape {self._flat.shape}, data has {self.shape}")

    @property
    def name(self) -> str:
        """Base name of the file it stands for."""
        return self._name

    @property
    def exposure(self) -> str:
        """Name of the exposure."""
        return self._exposure

    @property
    def metadata(self) -> ExposureMetadata:
        """What the header says of the exposure and its detector."""
        return self._metadata

    @property
    def header(self) -> Mapping[str, Any]:
        """Values by FITS keyword."""
        return self._header

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape (nrows, ncols), or (nints, nrows, ncols) of a cube."""
        return self._arrays["data"].shape

    @property
    def unit(self) -> str:
        """Unit of the science array."""
        return self._unit

    @property
    def sky(self) -> SkyTransform | None:
        """The way to the sky."""
        return self._sky

    @property
    def arrays(self) -> frozenset[str]:
        """Names of the arrays it has."""
        return frozenset(self._arrays)

    def array(self, name: str) -> NDArray[Any]:
        """Give an array, read-only.

        Raises
        ------
        mkrefs.errors.UserError
            If the image has no such array.
        """
        if name not in self._arrays:
            raise UserError(f"{self._name} has no array {name}; it has {', '.join(sorted(self._arrays))}.")
        return self._arrays[name]

    def flat(self) -> NDArray[np.float32] | None:
        """Give the flat field that the image was divided by."""
        return self._flat

    def model(self) -> Any:
        """Make the data model of the image: an ``ImageModel``, or a ``CubeModel`` of a cube."""
        from mkrefs.testing.image_model import image_model

        return image_model(self)

    def with_arrays(self, **arrays: ArrayLike) -> "ArrayImage":
        """Give the image with other arrays, of the same number of rows and columns; what is not named stays.

        Parameters
        ----------
        **arrays : array_like
            By the attribute of the data model.
        """
        merged: dict[str, Any] = {**self._arrays, **arrays}
        return ArrayImage(
            merged.pop("data"),
            arrays=merged,
            sky=self._sky,
            metadata=self._metadata,
            header=self._header,
            unit=self._unit,
            flat=self._flat,
            name=self._name,
            exposure=self._exposure,
        )


def _kind(name: str) -> DTypeLike:
    return np.uint32 if name == "dq" else np.float32


def _read_only(array: ArrayLike, dtype: DTypeLike) -> NDArray[Any]:
    copied = np.array(array, dtype=dtype)
    copied.flags.writeable = False
    return copied


def _metadata(header: Mapping[str, Any], shape: tuple[int, ...]) -> ExposureMetadata:
    facts: dict[Hashable, Any] = {**_USUAL_HEADER, "SUBSIZE1": shape[-1], "SUBSIZE2": shape[-2]}
    if len(shape) == 3:
        facts["NINTS"] = shape[0]
    said: dict[Hashable, Any] = dict(header.items())
    facts.update((key, said[key]) for key in header if present(said, key) is not None)
    return exposure_metadata(facts)
