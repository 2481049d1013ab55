"""Compares corrected images with what they were made of, and refuses what the plugin does not declare."""

from collections.abc import Collection, Mapping

import numpy as np

from mkrefs.contract.image_correction import CorrectedImage, CorrectedImages, StatusChange
from mkrefs.correction.content import BLAME
from mkrefs.correction.report import StatusByRole
from mkrefs.correction.status import Pair, status_changes
from mkrefs.counting import counted
from mkrefs.errors import UserError
from mkrefs.images.fits_image import FitsImage
from mkrefs.images.padding import inner
from mkrefs.instruments.dq import PIXEL_DQ

#: What changed and how, in words.
_WORDS: Mapping[StatusChange, tuple[str, str]] = {
    StatusChange.FILL: ("NaN value", "filled"),
    StatusChange.BLANK: ("number", "made NaN"),
    StatusChange.FLAG: ("pixel", "given DO_NOT_USE"),
    StatusChange.UNFLAG: ("pixel", "freed of DO_NOT_USE"),
}


def status_by_role(
    made: CorrectedImages,
    images: Mapping[str, FitsImage],
    *,
    allowed: Collection[StatusChange],
    maker: str,
) -> StatusByRole:
    """Count for each image the pixels whose standing changed.

    Parameters
    ----------
    made : CorrectedImages
        What a correction gave.
    images : mapping of str to FitsImage
        What it was given, by role. An image without a DQ array has no flag.
    allowed : collection of StatusChange
        What it declares to do.
    maker : str
        Its name and where it comes from, for messages.

    Returns
    -------
    mapping of str to mapping of StatusChange to int
        By role of all images.

    Raises
    ------
    UserError
        If the standing of pixels changed in a way that is not declared.
    """
    counts = {}
    for role, image in images.items():
        counts[role] = _changes(made.images.get(role, CorrectedImage()), image)
        silent = {change: number for change, number in counts[role].items() if change not in allowed}
        if silent:
            names = " and ".join(f"StatusChange.{change.name}" for change in silent)
            raise UserError(
                f"{maker}: in {role} ({image.name}) there are {status_text(silent)}, and {names} is not "
                f"among the changes that its class declares; {BLAME}"
            )
    return counts


def status_text(counts: Mapping[StatusChange, int]) -> str:
    """Tell how many pixels changed their standing; empty if none did."""
    words = ((counted(number, _WORDS[change][0]), _WORDS[change][1]) for change, number in counts.items())
    return ", ".join(f"{what} {how}" for what, how in words)


def _changes(corrected: CorrectedImage, image: FitsImage) -> Mapping[StatusChange, int]:
    pairs = (_pair("data", corrected, image), _pair("dq", corrected, image))
    return status_changes(*pairs, do_not_use=PIXEL_DQ["DO_NOT_USE"])


def _pair(name: str, corrected: CorrectedImage, image: FitsImage) -> Pair | None:
    if name not in corrected.arrays:
        return None
    after = inner(corrected.arrays[name], corrected.pad)
    if name == "data":
        with np.errstate(over="ignore"):  # what single precision does not hold is no number any more
            after = after.astype(np.float32, copy=False)
    return image.array(name) if name in image.arrays else np.zeros(after.shape, np.uint32), after
