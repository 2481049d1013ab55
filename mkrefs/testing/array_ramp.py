"""A ramp held in memory, for tests of creators that should not need files."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mkrefs.contract.exposure_metadata import ExposureMetadata
from mkrefs.contract.ramp import ALL_GROUPS, RampRows


class ArrayRamp:
    """A ramp made of arrays; it fulfils `mkrefs.api.Ramp`.

    Parameters
    ----------
    science : array_like, shape (nints, ngroups, nrows, ncols)
        Signal in DN; copied as float32.
    metadata : ExposureMetadata
        What its header would say.
    group_dq : array_like or None, shape (nints, ngroups, nrows, ncols)
        Group DQ flags; None for no flag.
    pixel_dq : array_like or None, shape (nrows, ncols)
        Pixel DQ flags; None for no flag.
    name : str
        Name of the ramp in messages.

    Raises
    ------
    ValueError
        If the shapes do not agree.
    """

    def __init__(
        self,
        science: ArrayLike,
        metadata: ExposureMetadata,
        group_dq: ArrayLike | None = None,
        pixel_dq: ArrayLike | None = None,
        name: str = "array",
    ) -> None:
        self._science = np.array(science, dtype=np.float32)
        if self._science.ndim != 4:
            raise ValueError(f"science has {self._science.ndim} dimensions, not 4")
        shape = self._science.shape
        self._group_dq = np.zeros(shape, np.uint8) if group_dq is None else np.array(group_dq, np.uint8)
        self._pixel_dq = np.zeros(shape[2:], np.uint32) if pixel_dq is None else np.array(pixel_dq, np.uint32)
        if self._group_dq.shape != shape or self._pixel_dq.shape != shape[2:]:
            raise ValueError("the DQ arrays do not have the shape of the science array")
        self._metadata = metadata
        self._name = name
        for array in (self._science, self._group_dq, self._pixel_dq):
            array.flags.writeable = False

    @property
    def name(self) -> str:
        """Name of the ramp, for messages and HISTORY."""
        return self._name

    @property
    def metadata(self) -> ExposureMetadata:
        """What its header would say."""
        return self._metadata

    @property
    def shape(self) -> tuple[int, int, int, int]:
        """Shape (nints, ngroups, nrows, ncols)."""
        nints, ngroups, nrows, ncols = self._science.shape
        return nints, ngroups, nrows, ncols

    @property
    def science(self) -> NDArray[np.float32]:
        """The whole signal in DN, read-only."""
        return self._science

    def rows(self, start: int, stop: int, groups: slice = ALL_GROUPS) -> RampRows:
        """Give rows ``start`` up to, not including, ``stop``, as read-only views; of the groups wanted."""
        block, rows = np.s_[:, groups, start:stop], np.s_[start:stop]
        return RampRows(start, self._science[block], self._group_dq[block], self._pixel_dq[rows])
