"""A ramp held in memory, for tests of creators that should not need files."""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mkrefs.contract.exposure_metadata import ExposureMetadata
from mkrefs.contract.ramp import ALL_GROUPS, RampRows
from mkrefs.errors import UserError


class ArrayImages:
    """Images made of arrays; it fulfils `mkrefs.api.Images`.

    Parameters
    ----------
    arrays : mapping of str to array_like
        By name of the extension; rows and columns are the last two axes.
    name : str
        Name in messages.
    """

    def __init__(self, arrays: Mapping[str, ArrayLike], name: str = "array") -> None:
        self._arrays = {key: np.array(array) for key, array in arrays.items()}
        self._name = name
        for array in self._arrays.values():
            array.flags.writeable = False

    @property
    def name(self) -> str:
        """Name of the images, for messages and HISTORY."""
        return self._name

    @property
    def arrays(self) -> Mapping[str, tuple[int, ...]]:
        """Shape of each array by name."""
        return {key: array.shape for key, array in self._arrays.items()}

    def rows(self, array: str, start: int, stop: int) -> NDArray[Any]:
        """Give rows ``start`` up to, not including, ``stop`` of an array, as a read-only view."""
        return self._arrays[array][..., start:stop, :]


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
    images : mapping of str to ArrayImages
        What ramp_fit would make of it, by name: ``rate``, ``rateints``, ``fitopt``.
    raw : ArrayRamp or None
        The exposure as it would have been taken.
    done : collection of str
        The pipeline steps it would have been through.

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
        images: Mapping[str, ArrayImages] = MappingProxyType({}),
        raw: "ArrayRamp | None" = None,
        done: Collection[str] = (),
    ) -> None:
        self._images, self._raw, self._done = images, raw, frozenset(done)
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
    def done(self) -> frozenset[str]:
        """The pipeline steps it would have been through."""
        return self._done

    @property
    def science(self) -> NDArray[np.float32]:
        """The whole signal in DN, read-only."""
        return self._science

    def rows(self, start: int, stop: int, groups: slice = ALL_GROUPS) -> RampRows:
        """Give rows ``start`` up to, not including, ``stop``, as read-only views; of the groups wanted."""
        block, rows = np.s_[:, groups, start:stop], np.s_[start:stop]
        return RampRows(start, self._science[block], self._group_dq[block], self._pixel_dq[rows])

    def group_flags(self, start: int, stop: int, groups: slice = ALL_GROUPS) -> NDArray[np.uint8]:
        """Give the group flags of the same rows and groups alone, as a read-only view."""
        return self._group_dq[:, groups, start:stop]

    def images(self, product: str) -> ArrayImages:
        """Give what ramp_fit would make of the ramp."""
        if product not in self._images:
            raise UserError(
                f"{self._name} comes without {product}; it has {', '.join(self._images) or 'none'}."
            )
        return self._images[product]

    @property
    def raw(self) -> "ArrayRamp | None":
        """The exposure as it would have been taken."""
        return self._raw
