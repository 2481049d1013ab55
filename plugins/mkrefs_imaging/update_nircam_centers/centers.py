"""Where the reference pixel of an image should be; pure, from header values to a verdict."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import hypot
from typing import Any

from mkrefs_imaging.update_nircam_centers.table import filter_shifts, mask_centers

#: With it a line of HISTORY begins that says the centre was taken from the table.
MARK = "update_nircam_centers: reference pixel"

# Labels that move or pad what is seen: after them the tabulated centres are no longer where the masks are.
_MOVING = ("recenter_frames: ", "align_frames: ", "pad_frames: ")

_SAME = 1e-4  # pixels


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do with the reference pixel of an image.

    Attributes
    ----------
    shift : (float, float) or None
        By how much to move it, pixels; None to leave it.
    reason : str
        Why it is left, or what was done: a sentence without its full stop.
    doubtful : bool
        Whether somebody should know at once.
    center : (float, float) or None
        The tabulated centre, pixels, the first is (1, 1).
    """

    shift: tuple[float, float] | None
    reason: str
    doubtful: bool = False
    center: tuple[float, float] | None = None


def judge_center(
    header: Mapping[str, Any], *, instrument: str, filter_name: str | None, max_offset: float
) -> Verdict:
    """Tell by how much the reference pixel of an image is to be moved.

    The new place is that of the table, whatever the old one is: doing it twice changes nothing.

    Parameters
    ----------
    header : mapping of str to object
        APERNAME, CRPIX1, CRPIX2 and HISTORY.
    instrument, filter_name : str
        As in the header.
    max_offset : float
        Farthest the reference pixel may be from the table, pixels.

    Returns
    -------
    Verdict
    """
    if instrument != "NIRCAM":
        return Verdict(None, f"the table is of NIRCam, and the exposure of {instrument or 'no instrument'}")
    aperture = str(header.get("APERNAME", ""))
    known = mask_centers().get(aperture)
    if known is None:
        return Verdict(
            None, f"the table has no aperture {aperture or '(APERNAME is missing)'}", doubtful=True
        )
    by_filter = filter_shifts().get(filter_name or "")
    if by_filter is None:
        return Verdict(None, f"the table has no filter {filter_name or '(FILTER is missing)'}", doubtful=True)
    center = round(known.x + by_filter[0], 6), round(known.y + by_filter[1], 6)
    return _judge_place(header, center, max_offset)


def _judge_place(header: Mapping[str, Any], center: tuple[float, float], max_offset: float) -> Verdict:
    history = history_text(header)
    if MARK in history:
        return Verdict(None, "it was done before, as HISTORY says", center=center)
    moved = next((label for label in _MOVING if label in history), None)
    if moved is not None:
        label = moved.rstrip(": ")
        return Verdict(None, f"the array is not as it was read any more, after {label}", True, center)
    place = header.get("CRPIX1"), header.get("CRPIX2")
    if not all(isinstance(value, int | float) for value in place):
        return Verdict(None, "the header has no CRPIX1 and CRPIX2", True, center)
    shift = center[0] - float(place[0]), center[1] - float(place[1])  # type: ignore[arg-type]  # just looked at
    if hypot(*shift) < _SAME:
        return Verdict(None, "it is there already", center=center)
    if hypot(*shift) > max_offset:
        told = f"it is {hypot(*shift):.1f} pixels from the tabulated centre, as after a cut or with a margin"
        return Verdict(None, told, True, center)
    return Verdict(shift, f"moved by {shift[0]:+.3f}, {shift[1]:+.3f} pixel", center=center)


def history_text(header: Mapping[str, Any]) -> str:
    """Give HISTORY as one text, in which the break of a long line at a card's end does not show."""
    said = header.get("HISTORY", "")
    lines = said.splitlines() if isinstance(said, str) else [str(line) for line in said]
    return " ".join(" ".join(lines).split())
