"""The search in plain arrays, for notebooks and scripts; no file and no header is needed."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mkrefs.api import UserError
from mkrefs_detector.bad_pixel_mask.darks.account import account_of
from mkrefs_detector.bad_pixel_mask.darks.classify import classify
from mkrefs_detector.bad_pixel_mask.darks.settings import DarkSettings
from mkrefs_detector.bad_pixel_mask.darks.sources import DarkSource, Geometry
from mkrefs_detector.bad_pixel_mask.darks.streaming import measure_darks
from mkrefs_detector.bad_pixel_mask.search import Search
from mkrefs_detector.plain_arrays import PlainRamp

_STACK_BYTES = 1 << 27


class _Images:
    """Arrays that are read in rows like the results of a fit."""

    def __init__(self, arrays: Mapping[str, ArrayLike]) -> None:
        self._arrays = {name: np.asarray(array) for name, array in arrays.items()}

    @property
    def arrays(self) -> Mapping[str, tuple[int, ...]]:
        return {name: array.shape for name, array in self._arrays.items()}

    def rows(self, array: str, start: int, stop: int) -> NDArray[Any]:
        return self._arrays[array][..., start:stop, :]


def find_bad_pixels(
    ramps: Sequence[ArrayLike],
    group_dq: Sequence[ArrayLike | None] | None = None,
    *,
    group_time: float,
    slopes: Sequence[Mapping[str, ArrayLike]] | None = None,
    pedestals: Sequence[ArrayLike] | None = None,
    reference: ArrayLike | None = None,
    channel: ArrayLike | None = None,
    settings: DarkSettings | None = None,
    stack_bytes: int = _STACK_BYTES,
) -> Search:
    """Find bad pixels in dark ramps.

    Parameters
    ----------
    ramps : sequence of array_like, each of shape (nints, ngroups, nrows, ncols)
        Signal in DN, bias and nonlinearity removed; numbers of integrations and groups may differ.
    group_dq : sequence of array_like or None
        Group DQ flags of each ramp: SATURATED and DO_NOT_USE spoil a group, JUMP_DET is counted.
    group_time : float
        Seconds between two groups.
    slopes : sequence of mapping, or None
        Of each ramp, ``SCI``, the slopes of its integrations in DN/s, and ``VAR_POISSON``, their variance by
        the signal collected in (DN/s)^2, each of shape (nints, nrows, ncols). Without it no noise is
        explained by signal, and there is no search by pedestals.
    pedestals : sequence of array_like or None, each of shape (nints, nrows, ncols)
        Of each ramp, its level at the time 0 in DN.
    reference : array_like of bool or None, shape (nrows, ncols)
        Reference pixels, which are not searched.
    channel : array_like of int or None, same shape
        Number, from 0, of what drifts together; None for all pixels.
    settings : DarkSettings or None
        The choices; None for the defaults.
    stack_bytes : int
        Memory for levels; the result does not depend on it.

    Returns
    -------
    Search
        ``classes``, boolean maps by class; ``unknown``; ``refused``, classes that could not be searched, with
        the reason; ``history``, what was done.

    Raises
    ------
    mkrefs.api.UserError
        If shapes or numbers of arrays do not agree.

    Examples
    --------
    >>> import numpy as np
    >>> darks = [np.random.default_rng(seed).normal(0, 6, (1, 8, 16, 16)) for seed in range(6)]
    >>> sorted(find_bad_pixels(darks, group_time=10.7).classes)
    ['high_cr', 'hot', 'inverse_rc', 'noisy', 'rc', 'telegraph', 'warm']
    """
    chosen = settings or DarkSettings()
    darks = _sources(ramps, group_dq, slopes, pedestals)
    shape = darks[0].ramp.shape[2:]
    light = np.ones(shape, dtype=np.bool_) if reference is None else ~np.asarray(reference, dtype=np.bool_)
    together = np.zeros(shape, dtype=np.int64) if channel is None else np.asarray(channel, dtype=np.int64)
    wrong = [
        found.shape
        for found in (light, together, *(dark.ramp for dark in darks))
        if found.shape[-2:] != shape
    ]
    if wrong:
        raise UserError(f"find_bad_pixels: an array has the shape {wrong[0]}, but the first ramp {shape}.")
    geometry = Geometry(group_time, np.ascontiguousarray(together), light)
    measured = measure_darks(darks, geometry, chosen, stack_bytes=stack_bytes)
    found = classify(measured, light, chosen)
    return Search(
        classes=found.classes,
        unknown=found.unknown,
        refused=found.refused,
        history=account_of(measured, found, chosen, len(darks)),
    )


def _sources(
    ramps: Sequence[ArrayLike],
    group_dq: Sequence[ArrayLike | None] | None,
    slopes: Sequence[Mapping[str, ArrayLike]] | None,
    pedestals: Sequence[ArrayLike] | None,
) -> list[DarkSource]:
    nothing: list[Any] = [None] * len(ramps)
    lists = {
        "group_dq": nothing if group_dq is None else list(group_dq),
        "slopes": nothing if slopes is None else list(slopes),
        "pedestals": nothing if pedestals is None else list(pedestals),
    }
    wrong = [f"{len(entries)} {name}" for name, entries in lists.items() if len(entries) != len(ramps)]
    if not ramps or wrong:
        raise UserError(
            f"find_bad_pixels: {', '.join([f'{len(ramps)} ramps', *wrong])} were given; give at least one "
            "ramp, and of the others as many or none."
        )
    return [
        DarkSource(
            PlainRamp(science, flags, caller="find_bad_pixels"),
            None if slope is None else _Images(slope),
            None if pedestal is None else _Images({"PEDESTAL": pedestal}),
        )
        for science, flags, slope, pedestal in zip(ramps, *lists.values(), strict=True)
    ]
