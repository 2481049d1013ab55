"""The mean dark ramp of plain arrays, for notebooks and scripts; no file and no header is needed."""

from collections.abc import Sequence

from numpy.typing import ArrayLike

from mkrefs.api import UserError
from mkrefs_detector.dark.settings import DarkSettings
from mkrefs_detector.dark.streaming import DarkMap, measure_ramps
from mkrefs_detector.plain_arrays import PlainRamp
from mkrefs_detector.superbias.channels import Channels, single_channel

_BLOCK_BYTES = 1 << 25


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
    sources = [
        PlainRamp(science, dq, caller="measure_dark") for science, dq in zip(ramps, flags, strict=True)
    ]
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
