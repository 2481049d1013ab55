"""What the ramps of an ordinary pixel look like: which differences it has, and which of them are fitted."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Index = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class OrdinaryRamps:
    """The differences of neighbouring groups that most pixels have.

    Attributes
    ----------
    usual : ndarray of bool, shape (nlevels,)
        Whether most pixels have the difference from a level to the next.
    ends : ndarray of int64, shape (nintegrations, 2)
        Index of the first and last level of each integration; the same twice where there is no difference.
    number : ndarray of int64, shape (ndifferences + 3,)
        How many integrations have each difference; then first and last, exclusive, of the run of differences
        that is fitted, and how many integrations a difference in it must have.
    whole : ndarray of bool, shape (nintegrations,)
        Integrations that have the whole run.
    """

    usual: Mask
    ends: Index
    number: Index
    whole: Mask

    @property
    def length(self) -> int:
        """Differences that are fitted."""
        return int(self.number[-2] - self.number[-3])


def ordinary_ramps(usual: Mask, starts: Index) -> OrdinaryRamps:
    """Describe the ramps of a pixel that has what most have.

    Parameters
    ----------
    usual : ndarray of bool, shape (nlevels,)
        Whether most pixels have the difference from a level to the next.
    starts : ndarray of int64, shape (nintegrations + 1,)
        Index of the first level of each integration, and the number of all.

    Returns
    -------
    OrdinaryRamps
        With a run of length 0 where no difference is usual.
    """
    longest = int(max(np.diff(starts).max() - 1, 1))
    has = np.zeros((starts.size - 1, longest), dtype=np.bool_)
    for i, (first, last) in enumerate(pairwise(starts)):
        has[i, : last - first - 1] = usual[first : last - 1]
    number = has.sum(axis=0)
    need = max(1, (int(number.max()) + 1) // 2)
    first, last = _run(number >= need)
    ends = [
        (start + steps.argmax(), start + longest - steps[::-1].argmax()) if steps.any() else (start, start)
        for start, steps in zip(starts[:-1], has, strict=True)
    ]
    return OrdinaryRamps(
        usual=usual,
        ends=np.array(ends, dtype=np.int64),
        number=np.array([*number, first, last, need], dtype=np.int64),
        whole=np.asarray(has[:, first:last].all(axis=1) & has.any(axis=1)),
    )


def _run(enough: Mask) -> tuple[int, int]:
    """Give the first run of True, exclusive its end."""
    if not enough.any():
        return 0, 0
    first = int(enough.argmax())
    rest = ~enough[first:]
    return first, first + (int(rest.argmax()) if rest.any() else rest.size)
