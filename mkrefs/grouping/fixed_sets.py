"""Cuts the exposures of one image type into disjoint sets of a fixed number: pairs, triples ..."""

from collections.abc import Sequence

from mkrefs.grouping.members import Bundle


def fixed_sets(stream: Bundle, size: int, limit: int) -> list[Bundle]:
    """Make as many disjoint sets as the window allows; among equally many, those of the smallest total span.

    Neighbours in time suffice: exchanging exposures between two sets that interleave never lengthens
    them. So the best choice among the first i exposures either leaves the last one out or makes a set
    of the last `size`.

    Parameters
    ----------
    stream : Bundle
        The exposures in order of time.
    size : int
        Exposures in a set.
    limit : int
        Largest span of a set, ticks.

    Returns
    -------
    list of Bundle
        In order of time.
    """
    times = [member.ticks for member in stream.members]
    best = [(0, 0)] * (len(times) + 1)
    taken = [False] * (len(times) + 1)
    for stop in range(1, len(times) + 1):
        best[stop] = best[stop - 1]
        span = times[stop - 1] - times[stop - size] if stop >= size else limit + 1
        if span > limit:
            continue
        number, cost = best[stop - size]
        if (number + 1, cost - span) > best[stop]:
            best[stop] = (number + 1, cost - span)
            taken[stop] = True
    return [Bundle(stream.members[stop - size : stop], stream.own) for stop in _stops(taken, size)]


def _stops(taken: Sequence[bool], size: int) -> list[int]:
    """Follow the choices back from the last exposure."""
    stops = []
    stop = len(taken) - 1
    while stop > 0:
        if taken[stop]:
            stops.append(stop)
        stop -= size if taken[stop] else 1
    return stops[::-1]
