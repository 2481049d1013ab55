"""Gives sets of one image type their partners of the others."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mkrefs.grouping.members import Bundle
from mkrefs.grouping.pools import Pool


@dataclass(frozen=True, slots=True)
class Partners:
    """What each leading set found.

    Attributes
    ----------
    sets : tuple of mapping of str to Bundle
        The complete sets, by image type.
    alone : tuple of (Bundle, str)
        The leading sets that found no partner, with the image type that is lacking.
    """

    sets: tuple[Mapping[str, Bundle], ...]
    alone: tuple[tuple[Bundle, str], ...]


def find_partners(leaders: Sequence[Bundle], letter: str, pools: Mapping[str, Pool], limit: int) -> Partners:
    """Give every leading set its partners of all other image types.

    Parameters
    ----------
    leaders : sequence of Bundle
        Sets of the leading image type, in order of time; each becomes at most one input set.
    letter : str
        The leading image type.
    pools : mapping of str to Pool
        The other image types, in the order in which partners are chosen; what is used is noted in them.
    limit : int
        Largest span of a whole input set, ticks.

    Returns
    -------
    Partners
        The complete sets, and the leaders left alone.
    """
    sets: list[Mapping[str, Bundle]] = []
    alone: list[tuple[Bundle, str]] = []
    for leader in leaders:
        chosen, lacking = _complete(leader, letter, pools, limit)
        if lacking:
            alone.append((leader, lacking))
            continue
        sets.append(chosen)
        for other, pool in pools.items():
            pool.count(chosen[other])
    return Partners(tuple(sets), tuple(alone))


def _complete(
    leader: Bundle, letter: str, pools: Mapping[str, Pool], limit: int
) -> tuple[Mapping[str, Bundle], str]:
    """Choose the partners of one leading set, or tell the image type of which none fits."""
    chosen = {letter: leader}
    for other, pool in pools.items():
        start = min(bundle.start for bundle in chosen.values())
        end = max(bundle.end for bundle in chosen.values())
        partner = pool.choose(start, end, leader.middle, limit)
        if partner is None:
            return chosen, other
        chosen[other] = partner
    return chosen, ""
