"""Which pairs of units are used: those that are large, long and quiet enough, and what they connect."""

from collections.abc import Iterable, Sequence
from enum import StrEnum

import numpy as np

from mkrefs_imaging.level_match.unit_pairs import UnitPair

# A scatter that is above the mean by less than this part of it is like the others.
_ALIKE = 0.05


class Verdict(StrEnum):
    """What became of a pair."""

    USED = "used"
    BRIDGE = "used, though noisy: nothing else connects its parts"
    SMALL = "left out: too few pixels"
    SHORT = "left out: too short"
    NOISY = "left out: too noisy"

    @property
    def kept(self) -> bool:
        """Whether the pair is used."""
        return self in (Verdict.USED, Verdict.BRIDGE)


def judge(
    pairs: Sequence[UnitPair], units: int, *, min_area_percent: float, rms_sig_limit: float
) -> list[Verdict]:
    """Tell which pairs are used.

    Parameters
    ----------
    pairs : sequence of UnitPair
        All that overlap.
    units : int
        Number of units.
    min_area_percent : float
        Smallest number of pixels, as a part of the mean of all pairs.
    rms_sig_limit : float
        Largest scatter, in standard deviations above the mean of the pairs that are large and long enough. A
        noisier pair is kept where nothing else connects the units, the quietest first.

    Returns
    -------
    list of Verdict
    """
    if not pairs:
        return []
    least = min_area_percent * float(np.mean([pair.npix for pair in pairs]))
    verdicts = [
        Verdict.SMALL if pair.npix < least else Verdict.USED if pair.long else Verdict.SHORT for pair in pairs
    ]
    scatters = [pair.rms for pair, verdict in zip(pairs, verdicts, strict=True) if verdict.kept]
    if not scatters:
        return verdicts
    most = float(np.mean(scatters)) * (1 + _ALIKE) + rms_sig_limit * float(np.std(scatters))
    noisy = [k for k, pair in enumerate(pairs) if verdicts[k].kept and pair.rms > most]
    for k in noisy:
        verdicts[k] = Verdict.NOISY
    for k in sorted(noisy, key=lambda k: pairs[k].rms):
        labels = connected(
            units, [(p.first, p.second) for p, v in zip(pairs, verdicts, strict=True) if v.kept]
        )
        if labels[pairs[k].first] != labels[pairs[k].second]:
            verdicts[k] = Verdict.BRIDGE
    return verdicts


def connected(units: int, links: Iterable[tuple[int, int]]) -> list[int]:
    """Give for each unit the lowest number of a unit it is connected with, itself if with none."""
    parent = list(range(units))

    def root(unit: int) -> int:
        while parent[unit] != unit:
            unit = parent[unit]
        return unit

    for a, b in links:
        low, high = sorted((root(a), root(b)))
        parent[high] = low
    return [root(unit) for unit in range(units)]
