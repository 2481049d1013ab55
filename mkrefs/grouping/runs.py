"""Cuts exposures into runs in time, each of which holds every image type that is wanted."""

from collections import deque
from collections.abc import Sequence

from mkrefs.grouping.members import Member

#: Exposures used, minus number of runs, minus their total span: the larger the better.
_Score = tuple[int, int, int]


def split_runs(members: Sequence[Member], letters: str, limit: int) -> list[tuple[Member, ...]]:
    """Cut exposures into runs no longer than the window.

    Leaves out as few exposures as possible; among equals makes the fewest runs; among these, the ones
    of the smallest total span.

    Parameters
    ----------
    members : sequence of Member
        In order of time.
    letters : str
        The image types every run must hold at least once.
    limit : int
        Largest span of a run, ticks.

    Returns
    -------
    list of tuple of Member
        In order of time.
    """
    best: list[_Score] = [(0, 0, 0)]
    origin: list[int | None] = [None]
    last = dict.fromkeys(letters, -1)
    starts: deque[tuple[_Score, int]] = deque()
    admitted = 0
    for index, member in enumerate(members):
        last[member.imtype] = index
        while admitted <= min(last.values()):
            _push(starts, _start_score(best[admitted], admitted, members), admitted)
            admitted += 1
        while starts and member.ticks - members[starts[0][1]].ticks > limit:
            starts.popleft()
        best.append(best[index])
        origin.append(None)
        if starts:
            (used, runs, spans), start = starts[0]
            score = (used + index + 1, runs - 1, spans - member.ticks)
            if score > best[-1]:
                best[-1], origin[-1] = score, start
    return _follow(members, origin)


def _start_score(before: _Score, start: int, members: Sequence[Member]) -> _Score:
    """Score what comes before a run that starts at an exposure, less what only its end will tell."""
    used, runs, spans = before
    return used - start, runs, spans + members[start].ticks


def _push(starts: deque[tuple[_Score, int]], score: _Score, start: int) -> None:
    """Add a possible start; earlier ones that score less can never win again."""
    while starts and starts[-1][0] < score:
        starts.pop()
    starts.append((score, start))


def _follow(members: Sequence[Member], origin: Sequence[int | None]) -> list[tuple[Member, ...]]:
    runs = []
    stop = len(members)
    while stop > 0:
        start = origin[stop]
        if start is None:
            stop -= 1
        else:
            runs.append(tuple(members[start:stop]))
            stop = start
    return runs[::-1]
