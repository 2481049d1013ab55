"""Compiled loops that take the ramps of pixels out of a stack, and tell which groups count by their flags.

Importing this module loads numba but compiles nothing; compiled code is cached on disk.
"""

from typing import Any

import numba
import numpy as np

#: States of a group: it holds the level of a ramp that nothing has hit; its difference to the group before
#: can be used.
UNHIT, STEP = 1, 2


#: GROUPDQ flags after which a ramp is lost, of a group that is lost alone, and of a jump; largest jump in DN
#: after which a ramp still counts, negative where none does.
Meaning = tuple[int, int, int, float]

# Pixels that are done side by side.
_WIDTH = 512


@numba.njit(cache=True)
def _take_group(value: Any, flag: Any, before: Any, past: Any, masked: Any, meaning: Any, state: Any) -> None:
    """Fill the states of one group of several pixels; ``past`` is what became of their ramps before it.

    Its bits: lost, struck by a hit, and that the group before counts.
    """
    fatal, spoils, jump, keep_below = meaning
    for t in range(value.size):
        hit = flag[t] & jump != 0
        fine = past[t] & 4 != 0
        large = keep_below < 0 or (fine and value[t] - before[t] > keep_below)
        lost = past[t] & 1 != 0 or flag[t] & fatal != 0 or (hit and large)
        struck = past[t] & 2 != 0 or hit
        # What is not finite is unlike itself less itself.
        good = value[t] - value[t] == 0 and not lost and (masked[t] or flag[t] & spoils == 0)
        state[t] = (UNHIT if good and not struck else 0) | (STEP if good and fine and not hit else 0)
        past[t] = (1 if lost else 0) | (2 if struck else 0) | (4 if good else 0)


@numba.njit(cache=True, nogil=True)
def take_ramps(
    values: Any, flags: Any, masked: Any, meaning: Any, pixels: Any, ramps: Any, states: Any
) -> None:
    """Take ramps out of a stack, and tell which of their groups count.

    Parameters
    ----------
    values, flags : ndarray of float32 and uint8, shape (nintegrations, ngroups, npixels)
        Signal in DN, and GROUPDQ.
    masked : ndarray of bool, shape (npixels,)
        Pixels of which all groups may be flagged because the pixel is.
    meaning : Meaning
        What flags mean.
    pixels : ndarray of int64, shape (npicked,)
        The pixels wanted.
    ramps, states : ndarray of float32 and uint8, shape (nintegrations, ngroups, npicked)
        Filled with their signal, and with UNHIT and STEP.
    """
    flag, past, free = np.empty(_WIDTH, np.uint8), np.empty(_WIDTH, np.uint8), np.empty(_WIDTH, np.bool_)
    for first in range(0, pixels.size, _WIDTH):
        here = pixels[first : first + _WIDTH]
        width = here.size
        for t in range(width):
            free[t] = masked[here[t]]
        for k in range(values.shape[0]):
            past[:] = 0
            for g in range(values.shape[1]):
                given, given_flag = values[k, g], flags[k, g]
                value, state = ramps[k, g, first : first + width], states[k, g, first : first + width]
                before = ramps[k, max(g - 1, 0), first : first + width]
                for t in range(width):
                    value[t] = given[here[t]]
                    flag[t] = given_flag[here[t]]
                _take_group(value, flag[:width], before, past, free, meaning, state)
