"""Which group differences a set of ramps gives, and how they belong together.

Pure bookkeeping on counts of integrations and groups; no pixel is touched here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

GroupDifferences = Literal["independent", "consecutive"]


@dataclass(frozen=True, slots=True)
class DifferenceLayout:
    """The order of all differences of a set of ramps: ramp by ramp, integration by integration.

    Attributes
    ----------
    ramp : ndarray of int64, shape (ndifferences,)
        Index of the ramp each difference comes from.
    joined : ndarray of bool, shape (ndifferences,)
        True where a difference shares a group with the one before it.
    """

    ramp: NDArray[np.int64]
    joined: NDArray[np.bool_]

    @property
    def size(self) -> int:
        """Number of differences."""
        return self.ramp.size

    @property
    def cells(self) -> NDArray[np.int64]:
        """First difference of each ramp that gives any, and the number of all."""
        return np.append(np.unique(self.ramp, return_index=True)[1], self.size)

    @property
    def ramps(self) -> int:
        """Number of ramps that give at least one difference."""
        return int(np.unique(self.ramp).size)

    @property
    def segments(self) -> int:
        """Number of runs of differences that share groups."""
        return int(np.count_nonzero(~self.joined))


def difference_groups(
    ngroups: int, group_diff_type: GroupDifferences
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give the group indices whose difference, second minus first, is taken.

    Parameters
    ----------
    ngroups : int
        Number of groups in an integration.
    group_diff_type : {"independent", "consecutive"}
        Whether each group is used once (2-1, 4-3, 6-5, counted from 1; of an odd number of groups the last
        is left over) or each group is differenced with its neighbour (2-1, 3-2, 4-3).

    Returns
    -------
    earlier, later : ndarray of int64, shape (ndifferences,)
        Zero-based indices of the groups.
    """
    step = 2 if group_diff_type == "independent" else 1
    earlier = np.arange(0, max(ngroups - 1, 0), step, dtype=np.int64)
    return earlier, earlier + 1


def layout_differences(
    shapes: Sequence[tuple[int, int]], group_diff_type: GroupDifferences
) -> DifferenceLayout:
    """Lay out the differences of ramps with the given numbers of integrations and groups.

    Parameters
    ----------
    shapes : sequence of (nints, ngroups)
        One pair per ramp.
    group_diff_type : {"independent", "consecutive"}
        See `difference_groups`.

    Returns
    -------
    DifferenceLayout
    """
    ramp: list[NDArray[np.int64]] = []
    joined: list[NDArray[np.bool_]] = []
    for index, (nints, ngroups) in enumerate(shapes):
        count = difference_groups(ngroups, group_diff_type)[0].size
        shared = np.full(count, group_diff_type == "consecutive")
        shared[:1] = False
        ramp.append(np.full(nints * count, index, dtype=np.int64))
        joined.append(np.tile(shared, nints))
    return DifferenceLayout(np.concatenate(ramp), np.concatenate(joined))
