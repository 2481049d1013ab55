"""Plain arrays that are read in rows like ramps, for notebooks and scripts: neither files nor headers."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mkrefs.api import RampRows, UserError

_ALL = slice(None)


class PlainRamp:
    """The arrays of a ramp.

    Parameters
    ----------
    science : array_like, shape (nints, ngroups, nrows, ncols)
        Signal in DN.
    group_dq : array_like or None, same shape
        Group DQ flags; None for none.
    caller : str
        Begins messages.

    Raises
    ------
    mkrefs.api.UserError
        If the arrays are not those of a ramp.
    """

    def __init__(self, science: ArrayLike, group_dq: ArrayLike | None = None, *, caller: str) -> None:
        self._science = np.asarray(science)
        if self._science.ndim != 4:
            raise UserError(
                f"{caller}: a ramp has {self._science.ndim} dimensions; it must have four: integrations, "
                "groups, rows, columns."
            )
        none = np.broadcast_to(np.uint8(0), self._science.shape)
        self._group_dq: NDArray[np.generic] = none if group_dq is None else np.asarray(group_dq)
        if self._group_dq.shape != self._science.shape:
            raise UserError(
                f"{caller}: group_dq has the shape {self._group_dq.shape}; it must have that of the ramp, "
                f"{self._science.shape}."
            )

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """Shape (nints, ngroups, nrows, ncols)."""
        nints, ngroups, nrows, ncols = self._science.shape
        return nints, ngroups, nrows, ncols

    def rows(self, start: int, stop: int, groups: slice = _ALL) -> RampRows:
        """Give rows ``start`` up to, not including, ``stop``; of all groups, or of a slice of them."""
        block = np.s_[:, groups, start:stop]
        science = np.ascontiguousarray(self._science[block], dtype=np.float32)
        group_dq = np.ascontiguousarray(self._group_dq[block], dtype=np.uint8)
        return RampRows(start, science, group_dq, np.zeros(science.shape[2:], dtype=np.uint32))

    def group_flags(self, start: int, stop: int, groups: slice = _ALL) -> NDArray[np.uint8]:
        """Give the group flags of the same rows and groups alone."""
        return np.ascontiguousarray(self._group_dq[:, groups, start:stop], dtype=np.uint8)
