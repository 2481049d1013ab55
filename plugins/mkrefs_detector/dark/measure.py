"""The mean dark ramp of plain arrays, for notebooks and scripts; no file and no header is needed."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mkrefs.api import RampRows, UserError
from mkrefs_detector.dark.settings import DarkSettings
from mkrefs_detector.dark.streaming import DarkMap, measure_ramps
from mkrefs_detector.superbias.channels import Channels, single_channel

_ALL = slice(None)
_BLOCK_BYTES = 1 << 26


class _Arrays:
    """Arrays that are read in rows like a ramp."""

    def __init__(self, science: ArrayLike, group_dq: ArrayLike | None) -> None:
        self._science = np.asarray(science)
        if self._science.ndim != 4:
            raise UserError(
                f"measure_dark: a ramp has {self._science.ndim} dimensions; it must have four: integrations, "
                "groups, rows, columns."
            )
        none = np.broadcast_to(np.uint8(0), self._science.shape)
        self._group_dq: NDArray[np.generic] = none if group_dq is None else np.asarray(group_dq)
        if self._group_dq.shape != self._science.shape:
            raise UserError(
                f"measure_dark: group_dq has the shape {self._group_dq.shape}; it must have that of the "
                f"ramp, {self._science.shape}."
            )

    @property
    def shape(self) -> tuple[int, int, int, int]:
        nints, ngroups, nrows, ncols = self._science.shape
        return nints, ngroups, nrows, ncols

    def rows(self, start: int, stop: int, groups: slice = _ALL) -> RampRows:
        block = np.s_[:, groups, start:stop]
        science = np.ascontiguousarray(self._science[block], dtype=np.float32)
        group_dq = np.ascontiguousarray(self._group_dq[block], dtype=np.uint8)
        return RampRows(start, science, group_dq, np.zeros(science.shape[2:], dtype=np.uint32))


def measure_dark(
    ramps: Sequence[ArrayLike],
    group_dq: Sequence[ArrayLike | None] | None = None,
    *,
    settings: DarkSettings | None = None,
    channels: Channels | None = None,
    first_apart: bool = False,
    averaging: float = 1.0,
    block_bytes: int = _BLOCK_BYTES,
) -> DarkMap:
    """Average the dark ramps of each pixel.

    Parameters
    ----------
    ramps : sequence of array_like, each of shape (nints, ngroups, nrows, ncols)
        Signal in DN; numbers of integrations and groups may differ.
    group_dq : sequence of array_like or None
        Group DQ flags of each ramp.
    settings : DarkSettings or None
        The choices made; None for those of the creator.
    channels : Channels or None
        What drifts together (`mkrefs_detector.superbias.channels.read_channels`); None for all pixels.
    first_apart : bool
        Average the first integrations of the ramps by themselves, as MIRI needs it.
    averaging : float
        `mkrefs_detector.dark.estimator.averaging_of` of the read pattern; 1 for groups of one frame.
    block_bytes : int
        Memory for ramps; the result does not depend on it.

    Returns
    -------
    DarkMap
        ``ramp`` and ``err`` in DN, ``rate`` and ``rate_err`` in DN per group.

    Raises
    ------
    mkrefs.api.UserError
        If shapes do not agree, or there are too few integrations or groups.

    Examples
    --------
    >>> import numpy as np
    >>> darks = [np.random.default_rng(seed).normal(0, 6, (1, 8, 4, 4)) for seed in range(5)]
    >>> measure_dark(darks).ramp.shape
    (1, 8, 4, 4)
    """
    flags = [None] * len(ramps) if group_dq is None else list(group_dq)
    if not ramps or len(flags) != len(ramps):
        raise UserError(
            f"measure_dark: {len(ramps)} ramps and {len(flags)} group_dq arrays were given; give at least "
            "one ramp, and as many flags as ramps or none."
        )
    sources = [_Arrays(science, dq) for science, dq in zip(ramps, flags, strict=True)]
    shape = sources[0].shape[2:]
    if {source.shape[2:] for source in sources} != {shape}:
        raise UserError("measure_dark: ramps differ in rows or columns; all must have one size.")
    return measure_ramps(
        sources,
        settings or DarkSettings(),
        channels=channels or single_channel(shape[1]),
        first_apart=first_apart,
        averaging=averaging,
        block_bytes=block_bytes,
    )
