"""Chooses, of exposures in the order of time, a share that is spread evenly over them; numbers alone."""

import math

#: The golden section: its multiples, of which the whole numbers are taken away, fill the unit interval most
#: evenly, however many of them there are.
_GOLDEN = (math.sqrt(5.0) - 1.0) / 2.0


def spread_share(total: int, share: float, *, least_left: int) -> tuple[int, ...]:
    """Choose a share of things that stand in a row.

    A larger share chooses the same ones and some more. One more thing at the end of the row changes the
    choice by no more than one that is put in the place of another, or one that comes in addition.

    Parameters
    ----------
    total : int
        How many there are.
    share : float
        From 0 to below 1. Where it is not 0 at least one is chosen, if that is possible.
    least_left : int
        How many must not be chosen.

    Returns
    -------
    tuple of int
        Their places in the row, from 0, in order: ``round(share * total)`` of them, halves upwards.
    """
    if share <= 0:
        return ()
    number = min(max(1, math.floor(share * total + 0.5)), max(total - least_left, 0))
    order = sorted(range(total), key=lambda place: math.fmod((place + 1) * _GOLDEN, 1.0))
    return tuple(sorted(order[:number]))
