"""Input sets with a fixed number of at least one image type: the last such type leads, the others join."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from mkrefs.contract.imtypes import ImTypes
from mkrefs.grouping.fixed_sets import fixed_sets
from mkrefs.grouping.members import Bundle, Parts, Window
from mkrefs.grouping.modes import Mode
from mkrefs.grouping.partners import find_partners
from mkrefs.grouping.pools import FixedPool, OpenPool
from mkrefs.grouping.reasons import no_partner, spare, unpaired
from mkrefs.grouping.values import LeftOut


def match_sets(mode: Mode, imtypes: ImTypes, window: Window) -> tuple[list[Parts], list[LeftOut]]:
    """Make input sets around the sets of the leading image type.

    Parameters
    ----------
    mode : Mode
        Exposures of all image types that are wanted.
    imtypes : ImTypes
        How many of each type are wanted; a fixed number of at least one.
    window : Window
        Largest separation inside a set.

    Returns
    -------
    sets : list of mapping of str to Bundle
        Input sets by image type; one for each leading set and each combination of the streams of types
        with ``+`` (flats of each filter).
    left_out : list of LeftOut
        The exposures of types with a fixed number that are in no set.
    """
    left_out: list[LeftOut] = []
    fixed: dict[str, list[Bundle]] = {}
    for letter, size in imtypes.runs:
        if size is not None:
            fixed[letter], odd = _cut(mode.streams[letter], size, window)
            left_out.extend(odd)
    leader = list(fixed)[-1]
    leaders = sorted(fixed.pop(leader), key=lambda bundle: bundle.members)
    pools = {letter: FixedPool(bundles) for letter, bundles in fixed.items()}
    sets: list[Parts] = []
    lacking: dict[Bundle, str] = {}
    open_ended = [letter for letter, size in imtypes.runs if size is None]
    for streams in product(*(mode.streams[letter] for letter in open_ended)):
        others = {letter: OpenPool(stream) for letter, stream in zip(open_ended, streams, strict=True)}
        found = find_partners(leaders, leader, {**pools, **others}, window.ticks)
        sets.extend(found.sets)
        lacking |= dict(found.alone)
    pools |= {letter: FixedPool(_singles(mode.streams[letter])) for letter in open_ended}
    for complete in sets:
        lacking.pop(complete[leader], None)
    left_out.extend(_left_alone(lacking, pools, imtypes, window))
    left_out.extend(_not_taken(sets, fixed, FixedPool(leaders), leader, imtypes, window))
    return sets, left_out


def _cut(streams: Sequence[Bundle], size: int, window: Window) -> tuple[list[Bundle], Iterator[LeftOut]]:
    """Cut the exposures of one type into sets; also tell which are in none."""
    sets = [bundle for stream in streams for bundle in fixed_sets(stream, size, window.ticks)]
    used = {member for bundle in sets for member in bundle.members}
    odd = (
        LeftOut(member.exposure, unpaired(index, stream, size, window))
        for stream in streams
        for index, member in enumerate(stream.members)
        if member not in used
    )
    return sets, odd


def _left_alone(
    lacking: Mapping[Bundle, str], pools: Mapping[str, FixedPool], imtypes: ImTypes, window: Window
) -> Iterator[LeftOut]:
    """Leave out the leading sets that found no partners."""
    for bundle, letter in lacking.items():
        reason = no_partner(bundle, letter, pools[letter], imtypes, window)
        yield from (LeftOut(member.exposure, reason) for member in bundle.members)


def _not_taken(
    sets: Sequence[Parts],
    fixed: Mapping[str, Sequence[Bundle]],
    leaders: FixedPool,
    leader: str,
    imtypes: ImTypes,
    window: Window,
) -> Iterator[LeftOut]:
    """Leave out the sets of other image types that no leading set took."""
    for letter, bundles in fixed.items():
        used = {parts[letter] for parts in sets}
        for bundle in bundles:
            if bundle not in used:
                reason = spare(bundle, leader, leaders, imtypes, window)
                yield from (LeftOut(member.exposure, reason) for member in bundle.members)


def _singles(streams: Sequence[Bundle]) -> list[Bundle]:
    return [Bundle((member,)) for stream in streams for member in stream.members]
