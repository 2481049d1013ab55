"""Says why an exposure is in no input set."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mkrefs.contract.imtypes import ImTypes
from mkrefs.grouping.members import Bundle, Member, Window, in_days
from mkrefs.grouping.modes import Mode
from mkrefs.grouping.pools import FixedPool

_WORDS = {"D": "dark", "F": "flat", "I": "image"}

NO_TIME = "it has no MJD"


def not_wanted(imtype: str, imtypes: ImTypes) -> str:
    """Say that exposures of an image type are not asked for."""
    return f"imtypes {imtypes} takes no {noun(imtype, 2)}" if imtype else "its image type is unknown"


def type_missing(missing: str, mode: Mode) -> str:
    """Say that the mode has no exposures of an image type that is wanted."""
    keywords = ", ".join(f"{name} {value}" for name, value in mode.pairs if value is not None)
    return f"there is no {noun(missing, 1)} of the same mode ({keywords})"


def noun(letter: str, number: int) -> str:
    """Name an image type: dark, darks."""
    return f"{_WORDS.get(letter, f'{letter} exposure')}{'' if number == 1 else 's'}"


def unpaired(index: int, stream: Bundle, size: int, window: Window) -> str:
    """Say why the exposure at an index is in none of the sets of its own image type."""
    member = stream.members[index]
    number = len(stream.members)
    if number < size:
        return f"{size} {noun(member.imtype, size)} are needed, its mode has {number}"
    first, last = max(0, index - size + 1), min(index, number - size)
    spans = [
        (stream.members[begin + size - 1].ticks - stream.members[begin].ticks, begin)
        for begin in range(first, last + 1)
    ]
    span, begin = min(spans)
    if span <= window.ticks:
        return f"odd one out: the other {noun(member.imtype, 2)}{_within(window)} are in sets already"
    if size > 2:
        closest = f"the closest with it span {_days(span)}"
        return f"no {size} {noun(member.imtype, size)} within {window.text}: {closest}"
    partner = next(other for other in stream.members[begin : begin + size] if other != member)
    return f"no partner within {window.text}: the nearest, {partner.exposure}, is {_days(span)} away"


def no_partner(leader: Bundle, lacking: str, others: FixedPool, imtypes: ImTypes, window: Window) -> str:
    """Say why a set of one image type found no partner of another."""
    number = imtypes.counts[lacking] or 1
    nearest = others.nearest_span(leader.start, leader.end)
    return _too_far(_some(lacking, number), nearest, window)


def spare(bundle: Bundle, leader: str, leaders: FixedPool, imtypes: ImTypes, window: Window) -> str:
    """Say why a set of exposures was taken by no set of the leading image type."""
    number = imtypes.counts[leader] or 1
    nearest = leaders.nearest_span(bundle.start, bundle.end)
    if nearest is None or nearest > window.ticks:
        return _too_far(_some(leader, number), nearest, window)
    letter = bundle.members[0].imtype
    return f"spare: the {noun(leader, 2)} near it took other {noun(letter, 2)}"


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The exposures of a mode by image type, to look for what lies near another."""

    members: Mapping[str, Sequence[Member]]

    @classmethod
    def of(cls, mode: Mode) -> "Neighbours":
        """Collect the exposures of a mode."""
        return cls(
            {
                letter: sorted(member for stream in streams for member in stream.members)
                for letter, streams in mode.streams.items()
            }
        )

    def none_fits(self, member: Member, window: Window) -> str:
        """Say why an exposure that would go with any number of others fits in no set."""
        for letter, members in self.members.items():
            if letter == member.imtype:
                continue
            index = bisect_left(members, member.ticks, key=lambda other: other.ticks)
            nearest = min(
                members[max(0, index - 1) : index + 1], key=lambda other: abs(other.ticks - member.ticks)
            )
            distance = abs(nearest.ticks - member.ticks)
            if distance > window.ticks:
                away = f"the nearest, {nearest.exposure}, is {_days(distance)} away"
                return f"no {noun(letter, 1)} within {window.text}: {away}"
        return f"no set can be made with it{_within(window)}"


def _too_far(what: str, nearest: int | None, window: Window) -> str:
    if nearest is None:
        return f"no {what} of the same mode can be taken together{_within(window)}"
    return f"no {what} within {window.text}: with the nearest the set would span {_days(nearest)}"


def _some(letter: str, number: int) -> str:
    return noun(letter, 1) if number == 1 else f"{number} {noun(letter, number)}"


def _within(window: Window) -> str:
    return "" if window.open else f" within {window.text}"


def _days(ticks: int) -> str:
    return f"{in_days(ticks):.9g} days"
