"""Whether what the header of a delivered file says was brought up to date: one judgement for each keyword.

Whether a header is valid is the business of ``crds certify``.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from mkrefs.contract.header_text import INFLIGHT, inflight_days
from mkrefs.delivery.dossier import DeliveredFile

#: Exposures from this day on were taken in flight.
_LAUNCH = datetime(2021, 12, 25)
_GROUND = "GROUND"


@dataclass(frozen=True, slots=True)
class Finding:
    """A judgement: good or not, or None where it cannot be told; and why, in a clause."""

    good: bool | None
    why: str


def history(file: DeliveredFile) -> Finding:
    """Judge whether HISTORY is there and tells something new."""
    if not any(line.strip() for line in file.header.history):
        return Finding(good=False, why="there is no HISTORY")
    if file.before is not None and file.before.history == file.header.history:
        return Finding(good=False, why=f"HISTORY is that of {file.previous}")
    return Finding(good=True, why=f"HISTORY is there{_compared(file)}")


def pedigree(file: DeliveredFile) -> Finding:
    """Judge whether PEDIGREE fits the dates of the exposures."""
    value = file.header.text("PEDIGREE")
    kind = value.partition(" ")[0]
    first, last = file.exposures.first, file.exposures.last
    if kind not in (INFLIGHT, _GROUND):
        return Finding(good=True, why=f"PEDIGREE is {value}")
    if first is None or last is None:
        return Finding(good=None, why="the dates of the exposures are not known")
    told = f"PEDIGREE is {value}, the exposures are of {file.exposures.days}"
    if kind == _GROUND:
        return Finding(good=last < _LAUNCH, why=told)
    days = inflight_days(value)
    covers = bool(days) and days[0] <= f"{first:%Y-%m-%d}" and f"{last:%Y-%m-%d}" <= days[1]
    return Finding(good=covers, why=told)


def keywords(file: DeliveredFile) -> Finding:
    """Judge whether REFTYPE is valid and AUTHOR is somebody's."""
    author = file.header.text("AUTHOR")
    if author in file.defaults.get("AUTHOR", ()):
        return Finding(good=False, why=f"AUTHOR is the default, {author}")
    return Finding(good=True, why=f"REFTYPE is {file.reftype.upper()}, AUTHOR is {author}")


def descrip(file: DeliveredFile) -> Finding:
    """Judge whether DESCRIP was written for this file."""
    text = file.header.text("DESCRIP")
    if text in file.defaults.get("DESCRIP", ()):
        return Finding(good=False, why=f"DESCRIP is the default, {text}")
    if file.before is not None and file.before.text("DESCRIP") == text:
        return Finding(good=False, why=f"DESCRIP is that of {file.previous}, {text}")
    return Finding(good=True, why=f"DESCRIP is {text}{_compared(file)}")


def useafter(file: DeliveredFile) -> Finding:
    """Judge whether USEAFTER was set for this file, and lets its own exposures have it."""
    value = file.header.text("USEAFTER")
    first = file.exposures.first
    if first is not None and _moment(value) > first:
        return Finding(
            good=False, why=f"USEAFTER is {value}, later than its first exposure of {first:%Y-%m-%d}"
        )
    same = file.before is not None and file.before.text("USEAFTER") == value
    if value in file.defaults.get("USEAFTER", ()) and not same:
        return Finding(good=False, why=f"USEAFTER is the default, {value}")
    return Finding(good=True, why=f"USEAFTER is {value}{f', as that of {file.previous}' if same else ''}")


def _compared(file: DeliveredFile) -> str:
    if file.before is not None:
        return f", other than that of {file.previous}"
    return f"; {file.previous} is not in the CRDS cache to compare with" if file.previous else ""


def _moment(text: str) -> datetime:
    """Read a date and time of a header; certify has seen that it is one."""
    moment = datetime.fromisoformat(text.replace(" ", "T"))
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
