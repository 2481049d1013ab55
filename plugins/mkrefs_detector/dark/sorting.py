"""Compiled functions that tell which groups of a ramp count, from its flags and jumps.

Compiled code that calls them is cached on disk and notices no change here: remove ``__pycache__`` then.
"""

import math
from typing import Any

import numba

#: States of a group: it holds the level of a ramp that nothing has hit; its difference to the group before
#: can be used.
UNHIT, STEP = 1, 2


#: GROUPDQ flags after which a ramp is lost, of a group that is lost alone, and of a jump; largest jump in DN
#: after which a ramp still counts, negative where none does.
Meaning = tuple[int, int, int, float]


@numba.njit(cache=True)
def _is_lost(flag: Any, step: Any, fatal: Any, jump: Any, keep_below: Any) -> Any:
    """Tell whether a ramp is lost from a flagged group on; ``step`` is NaN where there is no difference."""
    if flag & fatal:
        return True
    if not flag & jump or keep_below < 0:
        return flag & jump != 0
    return step > keep_below


@numba.njit(cache=True)
def find_states(values: Any, flags: Any, k: Any, pixel: Any, masked: Any, meaning: Any, states: Any) -> None:
    """Tell which groups of one ramp count.

    Parameters
    ----------
    values, flags : ndarray of float32 and uint8, shape (nintegrations, ngroups, npixels)
        Signal in DN, and GROUPDQ.
    k, pixel : int
        The ramp.
    masked : bool
        Whether all groups may be flagged because the pixel is.
    meaning : Meaning
        What flags mean.
    states : ndarray of uint8, shape (nintegrations, ngroups)
        Its row ``k`` is filled with UNHIT and STEP.
    """
    fatal, spoils, jump, keep_below = meaning
    lost = struck = fine = False
    before = 0.0
    for g in range(values.shape[1]):
        flag, value = flags[k, g, pixel], values[k, g, pixel]
        if flag != 0:
            step = value - before if fine else math.nan
            lost = lost or _is_lost(flag, step, fatal, jump, keep_below)
            struck = struck or flag & jump != 0
        spoilt = flag & spoils != 0 and not masked
        good = math.isfinite(value) and not (lost or spoilt)
        state = UNHIT if good and not struck else 0
        if good and fine and flag & jump == 0:
            state |= STEP
        states[k, g] = state
        fine, before = good, value
