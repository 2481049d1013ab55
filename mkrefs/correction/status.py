"""How the standing of pixels changed: which values are numbers, and which pixels are not to be used."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mkrefs.contract.image_correction import StatusChange

#: An array before and after.
Pair = tuple[NDArray[Any], NDArray[Any]]


def status_changes(data: Pair | None, dq: Pair | None, *, do_not_use: int) -> Mapping[StatusChange, int]:
    """Count the pixels whose standing changed, of each integration by itself.

    Parameters
    ----------
    data : (ndarray, ndarray) or None
        The science array before and after, of one shape; None if it is the same. What is not finite is no
        number.
    dq : (ndarray, ndarray) or None
        The DQ array before and after, of one shape; None if it is the same.
    do_not_use : int
        The flag of pixels that are not to be used.

    Returns
    -------
    mapping of StatusChange to int
        Only what occurs.
    """
    counts: dict[StatusChange, int] = {}
    if data is not None:
        filled, blanked = _gained_and_lost(*(np.isfinite(array) for array in data))
        counts |= {StatusChange.FILL: filled, StatusChange.BLANK: blanked}
    if dq is not None:
        flagged, unflagged = _gained_and_lost(*((array & array.dtype.type(do_not_use)) != 0 for array in dq))
        counts |= {StatusChange.FLAG: flagged, StatusChange.UNFLAG: unflagged}
    return {change: count for change, count in counts.items() if count}


def _gained_and_lost(before: NDArray[np.bool_], after: NDArray[np.bool_]) -> tuple[int, int]:
    return int(np.count_nonzero(after & ~before)), int(np.count_nonzero(before & ~after))
