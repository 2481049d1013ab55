"""Differences of groups and first hits in plain numpy: what the compiled kernels are held against."""

import numpy as np


def differences(science, group_dq, earlier, later, *, spoils, strikes):
    before, after = group_dq[:, earlier], group_dq[:, later]
    spoilt = ((before | after) & spoils) | (after & strikes)
    with np.errstate(invalid="ignore", over="ignore"):
        steps = science[:, later] - science[:, earlier]
    return np.where((spoilt == 0) & np.isfinite(steps), steps, np.nan).reshape(-1, science[0, 0].size)


def first_flagged(group_dq, flags):
    hit = (group_dq & flags) != 0
    return np.where(hit.any(axis=1), hit.argmax(axis=1), group_dq.shape[1])


def usable_groups(group_dq, *, ends, spoils):
    over = np.cumsum((group_dq & ends) != 0, axis=1) > 0
    return ~over & ((group_dq & spoils) == 0)
