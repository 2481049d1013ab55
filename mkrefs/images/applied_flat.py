"""The flat field that an image was divided by: found by the image's header, cut to its subarray."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mkrefs.crds_context import held_reference
from mkrefs.errors import UserError
from mkrefs.instruments.dq import PIXEL_DQ
from mkrefs.jobs.crds_state import CrdsState

_FROM_CRDS = "crds://"
#: Pixels with one of these the pipeline leaves as they are.
_UNKNOWN = np.uint32(PIXEL_DQ["DO_NOT_USE"] | PIXEL_DQ["NO_FLAT_FIELD"])


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a detector: corner (the first pixel is 1) and size along x and y."""

    xstart: int
    ystart: int
    xsize: int
    ysize: int


def is_divided(header: Mapping[str, Any]) -> bool:
    """Tell whether a header says that the image was divided by a flat field."""
    return str(header.get("S_FLAT", "")).strip() == "COMPLETE"


def flat_file(image: Path, header: Mapping[str, Any], crds: CrdsState) -> Path:
    """Find the file of the flat field.

    Parameters
    ----------
    image : Path
        The image; a relative path in its header may start from its folder.
    header : mapping
        Values by keyword, of which R_FLAT names the file.
    crds : CrdsState
        Whose cache holds files of CRDS.

    Raises
    ------
    UserError
        If the header names none, or it is not at hand.
    """
    named = str(header.get("R_FLAT", "")).strip()
    if named in ("", "N/A"):
        raise UserError(
            f"{image.name}: it was divided by a flat field (S_FLAT) and R_FLAT does not say by which; set "
            "R_FLAT to its file."
        )
    name = named.removeprefix(_FROM_CRDS)
    places = () if named.startswith(_FROM_CRDS) else (image.parent / Path(name).expanduser(), Path(name))
    here = next((path for path in places if path.is_file()), None)
    found = here or held_reference(crds, Path(name).name, str(header.get("INSTRUME", "")))
    if found is None:
        raise UserError(
            f"{image.name}: the flat field that it was divided by, {named}, is not at hand; set CRDS_PATH "
            "to a CRDS cache that holds it, or R_FLAT of the image to where it lies."
        )
    return found


def read_flat(path: Path, window: Window | None, shape: tuple[int, ...], name: str) -> NDArray[np.float32]:
    """Read a flat field and cut it to the subarray of an image.

    Parameters
    ----------
    path : Path
        The flat field.
    window : Window or None
        The subarray of the image; None if its header does not say.
    shape : tuple of int
        Shape of the image; the last two axes are rows and columns.
    name : str
        Of the image, for messages.

    Returns
    -------
    ndarray of float32, shape (nrows, ncols)
        NaN where the flat field is not known and the pipeline divides by nothing.

    Raises
    ------
    UserError
        If the file cannot be read, or does not cover the image.
    """
    from stdatamodels.jwst import datamodels

    try:
        with datamodels.FlatModel(path) as model:
            data = np.array(model.data, dtype=np.float32)
            flags = np.array(model.dq, np.uint32) if model.hasattr("dq") else np.zeros(data.shape, np.uint32)
            corner = (model.meta.subarray.xstart or 1, model.meta.subarray.ystart or 1)
    except OSError as error:
        raise UserError(f"{path} cannot be read as a flat field ({error}); restore it.") from error
    unknown = (flags & _UNKNOWN) != 0
    data[~np.isfinite(data) | (data == 0) | unknown] = np.nan
    cut = _cut(data, corner, window, shape[-2:])
    if cut.shape != shape[-2:]:
        raise UserError(
            f"{name} has {shape[-1]} x {shape[-2]} pixels, and its flat field {path.name} gives "
            f"{cut.shape[-1]} x {cut.shape[-2]} for the subarray in its header; use flats "
            "before images are padded or cut, and see to SUBSTRT1, SUBSTRT2, SUBSIZE1 and SUBSIZE2."
        )
    return cut


def _cut(
    flat: NDArray[np.float32], corner: tuple[int, int], window: Window | None, size: tuple[int, ...]
) -> NDArray[np.float32]:
    if window is None or (flat.shape == size and (window.xstart, window.ystart) == corner):
        return flat
    left, bottom = window.xstart - corner[0], window.ystart - corner[1]
    if left < 0 or bottom < 0:
        return flat[:0, :0]
    return np.ascontiguousarray(flat[bottom : bottom + window.ysize, left : left + window.xsize])
