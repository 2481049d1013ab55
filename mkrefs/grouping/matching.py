"""Makes the input sets of one mode, for any `imtypes`: the numbers in it drive one procedure."""

from collections.abc import Iterable
from itertools import product

from mkrefs.contract.imtypes import ImTypes
from mkrefs.grouping.leading_sets import match_sets
from mkrefs.grouping.members import Bundle, Member, Parts, Window
from mkrefs.grouping.modes import Mode
from mkrefs.grouping.reasons import Neighbours, type_missing
from mkrefs.grouping.runs import split_runs
from mkrefs.grouping.values import LeftOut


def match_mode(mode: Mode, imtypes: ImTypes, window: Window) -> tuple[list[Parts], list[LeftOut]]:
    """Make the input sets of one mode.

    Parameters
    ----------
    mode : Mode
        The exposures, all of image types that are wanted.
    imtypes : ImTypes
        How many of each type are wanted.
    window : Window
        Largest separation inside a set.

    Returns
    -------
    sets : list of mapping of str to Bundle
        Input sets by image type.
    left_out : list of LeftOut
        All exposures of the mode that are in no set.
    """
    missing = [letter for letter in imtypes.letters if letter not in mode.streams]
    if missing:
        reason = type_missing(missing[0], mode)
        present = (stream for streams in mode.streams.values() for stream in streams)
        return [], [LeftOut(member.exposure, reason) for stream in present for member in stream.members]
    if any(imtypes.counts.values()):
        sets, left_out = match_sets(mode, imtypes, window)
    else:
        sets, left_out = _match_runs(mode, imtypes.letters, window), []
    open_ended = (letter for letter, size in imtypes.runs if size is None)
    return sets, left_out + _outside(mode, open_ended, sets, window)


def _match_runs(mode: Mode, letters: str, window: Window) -> list[Parts]:
    """Make sets of one or more exposures of every type."""
    sets: list[Parts] = []
    for streams in product(*(mode.streams[letter] for letter in letters)):
        members = sorted(member for stream in streams for member in stream.members)
        runs = split_runs(members, letters, window.ticks)
        sets.extend({stream.members[0].imtype: _part(run, stream) for stream in streams} for run in runs)
    return sets


def _part(run: Iterable[Member], stream: Bundle) -> Bundle:
    """Give the exposures of a run that are of a stream's image type."""
    imtype = stream.members[0].imtype
    return Bundle(tuple(member for member in run if member.imtype == imtype), stream.own)


def _outside(mode: Mode, letters: Iterable[str], sets: Iterable[Parts], window: Window) -> list[LeftOut]:
    """Leave out the exposures of open-ended types that fit in no set."""
    used = {member for parts in sets for bundle in parts.values() for member in bundle.members}
    neighbours = Neighbours.of(mode)
    return [
        LeftOut(member.exposure, neighbours.none_fits(member, window))
        for letter in letters
        for stream in mode.streams[letter]
        for member in stream.members
        if member not in used
    ]
