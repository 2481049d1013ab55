"""A calibrated image in a FITS file, of the pipeline or of another origin."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from astropy.io import fits
from numpy.typing import NDArray

from mkrefs.contract.calibrated_image import SkyTransform
from mkrefs.contract.exposure_metadata import ExposureMetadata
from mkrefs.errors import UserError
from mkrefs.images.applied_flat import Window, flat_file, is_divided, read_flat
from mkrefs.images.gwcs_tree import read_gwcs
from mkrefs.images.models import open_model
from mkrefs.images.sky import GwcsSky, keyword_sky
from mkrefs.instruments.exposure_header import image_metadata, present, references_named
from mkrefs.jobs.crds_state import CrdsState
from mkrefs.storage.fits_layout import ImageLayout, image_layout

#: The arrays of an image: attribute of the data model by name of the extension.
ARRAYS: Mapping[str, str] = MappingProxyType(
    {
        "SCI": "data",
        "ERR": "err",
        "DQ": "dq",
        "VAR_POISSON": "var_poisson",
        "VAR_RNOISE": "var_rnoise",
        "VAR_FLAT": "var_flat",
        "AREA": "area",
    }
)
_EXTENSIONS = {name: extension for extension, name in ARRAYS.items()}
_WINDOW = ("SUBSTRT1", "SUBSTRT2", "SUBSIZE1", "SUBSIZE2")
#: Cards that hold no value by their keyword; HISTORY is given as one text.
_NO_VALUES = ("COMMENT", "HISTORY", "")
_DONE = "COMPLETE"


class FitsImage:
    """A file with a SCI extension, as `mkrefs.api.CalibratedImage`.

    Nothing of the arrays is kept: each is read when it is asked for, and the file is closed.

    Parameters
    ----------
    path : Path
        The file: a product of the pipeline, or any other FITS file with an image or cube in SCI.
    exposure : str
        Name of the exposure; if empty, that of the file up to the last underscore.
    crds : CrdsState
        Where reference files named in its header are found.

    Raises
    ------
    UserError
        If it cannot be read, or SCI is no image.
    """

    def __init__(self, path: Path, exposure: str = "", crds: CrdsState | None = None) -> None:
        self._path = path
        self._crds = crds or CrdsState()
        self._exposure = exposure or path.stem.rpartition("_")[0] or path.stem
        try:
            with fits.open(path, memmap=False) as hdus:
                self._science, self._shapes, self._plain = _described(path, hdus)
                self._has_tree = "ASDF" in hdus
                primary = hdus[0].header.copy()
        except (OSError, fits.VerifyError) as error:
            raise UserError(f"{path} cannot be read as an image ({error}); leave it out.") from error
        self._header = MappingProxyType({**_values(self._science), **_values(primary), **_history(primary)})

    @property
    def name(self) -> str:
        """Base name of the file."""
        return self._path.name

    @property
    def exposure(self) -> str:
        """Name of the exposure."""
        return self._exposure

    @property
    def metadata(self) -> ExposureMetadata:
        """What the header says; see `image_metadata` for what it does not say."""
        return image_metadata(self._header, self.shape)

    @property
    def header(self) -> Mapping[str, Any]:
        """Keywords of the primary header and, where it has no such keyword, of SCI's; HISTORY as one text."""
        return self._header

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape (nrows, ncols), or (nints, nrows, ncols) of a cube."""
        return self._shapes["data"]

    @property
    def unit(self) -> str:
        """Unit of the science array; empty if the header does not say."""
        return str(self._science.get("BUNIT", "")).strip()

    @property
    def arrays(self) -> frozenset[str]:
        """Names of the arrays it has."""
        return frozenset(self._shapes)

    @property
    def shapes(self) -> Mapping[str, tuple[int, ...]]:
        """Shape of each array by its name."""
        return self._shapes

    @cached_property
    def sky(self) -> SkyTransform | None:
        """The way to the sky: the gwcs object of the data model, else what the FITS keywords describe."""
        wcs = self._gwcs() if self._has_tree else None
        try:
            if wcs is not None and (wcs.input_frame.naxes, wcs.output_frame.naxes) == (2, 2):
                return GwcsSky(wcs, self.shape)
            return keyword_sky(self._science, self.shape)
        except (ValueError, KeyError) as error:  # what astropy and numpy raise
            reason = " ".join(str(error).split())
            raise UserError(f"{self._path}: its WCS leads nowhere ({reason}); mend or remove it.") from error

    def _gwcs(self) -> Any:
        wcs = read_gwcs(self._path)
        if wcs is not None:
            return wcs
        with open_model(self._path) as model:
            return getattr(model.meta, "wcs", None)

    def array(self, name: str) -> NDArray[Any]:
        """Read an array, in the machine's byte order and read-only.

        Raises
        ------
        UserError
            If the image has no such array, or it cannot be read.
        """
        if name not in self._shapes:
            raise UserError(f"{self._path} has no array {name}; it has {', '.join(sorted(self._shapes))}.")
        try:
            plain = self._plain[name].read(self._path) if name in self._plain else None
            if plain is not None and plain.dtype == (np.uint32 if name == "dq" else np.float32):
                plain.flags.writeable = False
                return plain
            with fits.open(self._path, memmap=False) as hdus:
                values = hdus[_EXTENSIONS[name]].data
                array = np.array(values, dtype=np.uint32 if name == "dq" else np.float32)
        except (OSError, TypeError, ValueError) as error:  # what astropy raises for data that end too early
            raise UserError(f"{self._path}: its {name} cannot be read ({error}); make it again.") from error
        array.flags.writeable = False
        return array

    @property
    def references(self) -> Mapping[str, str]:
        """What it was calibrated with: the CRDS context, and the reference files by their R_ keyword."""
        return references_named(self._header)

    def flat(self) -> NDArray[np.float32] | None:
        """Give the flat field it was divided by, cut to its subarray; None where it was not.

        Raises
        ------
        UserError
            If the reference file named in the header is not at hand, or does not cover the image.
        """
        if not is_divided(self._header):
            return None
        corner_and_size = [present(self._header, key) for key in _WINDOW]
        window = None if None in corner_and_size else Window(*map(int, corner_and_size))
        path = flat_file(self._path, self._header, self._crds)
        return read_flat(path, window, self.shape, self.name)

    def model(self) -> Any:
        """Open the data model of the image anew; the caller closes it."""
        return open_model(self._path)


def _described(
    path: Path, hdus: fits.HDUList
) -> tuple[fits.Header, Mapping[str, tuple[int, ...]], Mapping[str, ImageLayout]]:
    """Give the header of SCI, and of the arrays of an open file their shapes and where they lie plainly."""
    named = [(hdu.name.upper(), hdu) for hdu in hdus]
    found = [hdu for name, hdu in named if name == "SCI"]
    if len(found) != 1:
        many = f"{len(found)} SCI extensions" if found else "no SCI extension"
        raise UserError(f"{path} cannot be read as an image: it has {many} where one is needed.")
    shapes = {
        ARRAYS[name]: tuple(hdu.shape)
        for name, hdu in named
        if name in ARRAYS and isinstance(hdu, fits.ImageHDU | fits.CompImageHDU) and len(hdu.shape) > 1
    }
    if len(shapes.get("data", ())) not in (2, 3):
        raise UserError(f"{path} holds no image: SCI has {len(found[0].shape)} dimensions, not 2 or 3.")
    _refuse_unlike(path, shapes)
    plain = {ARRAYS[name]: image_layout(hdu) for name, hdu in named if ARRAYS.get(name) in shapes}
    there = {name: place for name, place in plain.items() if place is not None}
    return found[0].header.copy(), MappingProxyType(shapes), MappingProxyType(there)


def _refuse_unlike(path: Path, shapes: Mapping[str, tuple[int, ...]]) -> None:
    """Refuse arrays that do not lie over the science array, or over each of its integrations."""
    science = shapes["data"]
    for name, shape in shapes.items():
        if shape not in (science, science[-2:]):
            raise UserError(
                f"{path} cannot be read as an image: {_EXTENSIONS[name]} has the shape {shape}, and SCI "
                f"{science}; make it again."
            )


def _values(header: fits.Header) -> dict[str, Any]:
    return {
        card.keyword: card.value
        for card in header.cards
        if card.keyword not in _NO_VALUES and not isinstance(card.value, fits.card.Undefined)
    }


def _history(header: fits.Header) -> dict[str, Any]:
    lines = [str(card.value) for card in header.cards if card.keyword == "HISTORY"]
    return {"HISTORY": "\n".join(lines)} if lines else {}
