"""A calibrated ramp in a FITS file, read in blocks of rows."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Any, Self

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

from mkrefs.contract.exposure_metadata import ExposureMetadata
from mkrefs.contract.ramp import ALL_GROUPS, RampRows
from mkrefs.creation.fits_images import FitsImages
from mkrefs.errors import UserError
from mkrefs.instruments.exposure_header import exposure_metadata, lacking_keywords, references_named
from mkrefs.instruments.pipeline_steps import DONE_KEYWORDS
from mkrefs.storage.fits_rows import FitsRows


class FitsRamp:
    """A ramp product of the pipeline, or a raw exposure, as `mkrefs.api.Ramp`.

    Parameters
    ----------
    path : Path
        A file with a SCI extension of shape (nints, ngroups, nrows, ncols). GROUPDQ and PIXELDQ are
        zero where the file has none, as a raw exposure.
    images : mapping of str to Path
        What ramp_fit made of it, by name; opened when asked for.
    raw : Path or None
        The exposure as it was taken; opened when asked for.

    Raises
    ------
    UserError
        If the file cannot be read or is no ramp.
    """

    def __init__(
        self, path: Path, images: Mapping[str, Path] = MappingProxyType({}), raw: Path | None = None
    ) -> None:
        self._path = path
        self._image_paths, self._raw_path = images, raw
        self._images: dict[str, FitsImages] = {}
        self._raw: FitsRamp | None = None
        try:
            self._hdus = fits.open(path, memmap=False)
        except OSError as error:
            raise UserError(
                f"{path} cannot be read as an exposure ({error}); leave the exposure out."
            ) from error
        try:
            self._shape, self._metadata = _describe(path, self._hdus)
            self._rows = FitsRows(path, self._hdus)
        except (UserError, fits.VerifyError) as error:
            self._hdus.close()
            if isinstance(error, UserError):
                raise
            raise UserError(
                f"{path} has a header that is no FITS ({error}); leave the exposure out."
            ) from error

    @property
    def name(self) -> str:
        """Base name of the file."""
        return self._path.name

    @property
    def metadata(self) -> ExposureMetadata:
        """What the header says."""
        return self._metadata

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """Shape (nints, ngroups, nrows, ncols)."""
        return self._shape

    @property
    def done(self) -> frozenset[str]:
        """The pipeline steps that the header calls COMPLETE."""
        header = self._hdus[0].header
        return frozenset(step for step, key in DONE_KEYWORDS.items() if header.get(key) == "COMPLETE")

    @property
    def references(self) -> Mapping[str, str]:
        """What it was calibrated with: the CRDS context, and the reference files by their R_ keyword."""
        return references_named(self._hdus[0].header)

    def rows(self, start: int, stop: int, groups: slice = ALL_GROUPS) -> RampRows:
        """Read rows ``start`` up to, not including, ``stop``; of all groups, or of a slice of them."""
        science = self._rows.read("SCI", start, stop, planes=groups, dtype=np.float32)
        group_dq = self._flags("GROUPDQ", (start, stop, groups), science.shape, np.uint8)
        pixel_dq = self._flags("PIXELDQ", (start, stop, ALL_GROUPS), science.shape[2:], np.uint32)
        return RampRows(start, _read_only(science), _read_only(group_dq), _read_only(pixel_dq))

    def group_flags(self, start: int, stop: int, groups: slice = ALL_GROUPS) -> NDArray[np.uint8]:
        """Read the group flags of rows ``start`` up to, not including, ``stop`` alone."""
        nints, ngroups, nrows, ncols = self._shape
        start, stop, _ = slice(start, stop).indices(nrows)
        shape = (nints, len(range(ngroups)[groups]), max(stop - start, 0), ncols)
        return _read_only(self._flags("GROUPDQ", (start, stop, groups), shape, np.uint8))

    def images(self, product: str) -> FitsImages:
        """Give what ramp_fit made of the ramp: ``rate``, ``rateints`` or ``fitopt``."""
        if product not in self._image_paths:
            raise UserError(
                f"{self._path} comes without {product}; the creator's products must name it for this type of "
                f"image, and name {', '.join(self._image_paths) or 'nothing'}."
            )
        if product not in self._images:
            self._images[product] = FitsImages(self._image_paths[product])
        return self._images[product]

    @property
    def raw(self) -> "FitsRamp | None":
        """The exposure as it was taken, if it is wanted and there."""
        if self._raw is None and self._raw_path is not None:
            self._raw = FitsRamp(self._raw_path)
        return self._raw

    def close(self) -> None:
        """Close the file, and those that were opened with it."""
        self._rows.close()
        self._hdus.close()
        for images in self._images.values():
            images.close()
        if self._raw is not None:
            self._raw.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _flags(
        self, name: str, where: tuple[int, int, slice], shape: tuple[int, ...], dtype: Any
    ) -> NDArray[Any]:
        if name not in self._rows:
            return np.zeros(shape, dtype)
        start, stop, planes = where
        return self._rows.read(name, start, stop, planes=planes, dtype=dtype)


def _describe(path: Path, hdus: fits.HDUList) -> tuple[tuple[int, int, int, int], ExposureMetadata]:
    if "SCI" not in hdus:
        raise UserError(f"{path} cannot be read as an exposure: it has no SCI extension.")
    science, many = hdus["SCI"], sum(hdu.name.upper() == "SCI" for hdu in hdus)
    if many > 1:
        raise UserError(f"{path} cannot be read as an exposure: it has {many} SCI extensions; leave it out.")
    if len(science.shape) != 4:
        raise UserError(f"{path} holds no ramp: SCI has {len(science.shape)} dimensions where a ramp has 4.")
    _refuse_unlike(path, hdus)
    header = {**hdus[0].header, **science.header}
    lacking = lacking_keywords(header)
    if lacking:
        raise UserError(
            f"{path} lacks the header keywords {', '.join(lacking)}, which a reference file needs."
        )
    metadata = exposure_metadata(header)
    if metadata.ngroups != science.shape[1]:
        raise UserError(
            f"{path}: NGROUPS is {metadata.ngroups}, but the ramp has {science.shape[1]} groups; "
            "leave the exposure out or mend it."
        )
    return science.shape, metadata


def _refuse_unlike(path: Path, hdus: fits.HDUList) -> None:
    """Refuse flags that do not lie over the ramp."""
    science = hdus["SCI"]
    for name, shape in (("GROUPDQ", science.shape), ("PIXELDQ", science.shape[2:])):
        if name in hdus and tuple(hdus[name].shape) != tuple(shape):
            raise UserError(
                f"{path} cannot be read as an exposure: {name} has the shape {hdus[name].shape}, and SCI "
                f"{science.shape}; leave the exposure out or make it again."
            )


def _read_only(array: NDArray[Any]) -> NDArray[Any]:
    array.flags.writeable = False
    return array
