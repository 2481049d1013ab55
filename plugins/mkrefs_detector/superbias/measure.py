"""The bias of plain arrays, for notebooks and scripts; no file and no header is needed."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mkrefs.api import RampRows, UserError
from mkrefs_detector.superbias.channels import Channels, single_channel
from mkrefs_detector.superbias.settings import BiasSettings
from mkrefs_detector.superbias.streaming import BiasMap, measure_ramps

_ALL = slice(None)
_STACK_BYTES = 1 << 27


class _Arrays:
    """Arrays that are read in rows like a ramp."""

    def __init__(self, science: ArrayLike, group_dq: ArrayLike | None) -> None:
        self._science = np.asarray(science)
        if self._science.ndim != 4:
            raise UserError(
                f"measure_superbias: a ramp has {self._science.ndim} dimensions; it must have four: "
                "integrations, groups, rows, columns."
            )
        none = np.broadcast_to(np.uint8(0), self._science.shape)
        self._group_dq: NDArray[np.generic] = none if group_dq is None else np.asarray(group_dq)
        if self._group_dq.shape != self._science.shape:
            raise UserError(
                f"measure_superbias: group_dq has the shape {self._group_dq.shape}; it must have that of the "
                f"ramp, {self._science.shape}."
            )

    @property
    def shape(self) -> tuple[int, int, int, int]:
        nints, ngroups, nrows, ncols = self._science.shape
        return nints, ngroups, nrows, ncols

    def rows(self, start: int, stop: int, groups: slice = _ALL) -> RampRows:
        block = np.s_[:, groups, start:stop]
        science, group_dq = self._science[block].astype(np.float32), self._group_dq[block].astype(np.uint8)
        return RampRows(start, science, group_dq, np.zeros(science.shape[2:], dtype=np.uint32))


def measure_superbias(
    ramps: Sequence[ArrayLike],
    group_dq: Sequence[ArrayLike | None] | None = None,
    *,
    reference: ArrayLike | None = None,
    channels: Channels | None = None,
    clipping_sigma: float = 3.0,
    max_clipping_iters: int = 3,
    bias_correction: bool = True,
    drift_correction: bool = True,
    stack_bytes: int = _STACK_BYTES,
) -> BiasMap:
    """Measure the bias of each pixel from the first groups of dark ramps.

    Parameters
    ----------
    ramps : sequence of array_like, each of shape (nints, ngroups, nrows, ncols)
        Signal of the dark ramps in DN; numbers of integrations and groups may differ.
    group_dq : sequence of array_like or None
        Group DQ flags of each ramp; first groups flagged DO_NOT_USE, SATURATED, AD_FLOOR or JUMP_DET are
        left out.
    reference : array_like of bool or None, shape (nrows, ncols)
        Reference pixels, which tell the drift of each integration; None for none.
    channels : Channels or None
        What drifts together (`mkrefs_detector.superbias.channels.read_channels`); None for all pixels.
    clipping_sigma : float
        Threshold of the rejection of outliers, in Gaussian standard deviations.
    max_clipping_iters : int
        Largest number of passes of the rejection.
    bias_correction : bool
        Reject as small samples need it, and correct the scatter for that; False is the plain clip.
    drift_correction : bool
        Take off what the reference pixels show of the drifts.
    stack_bytes : int
        Memory for samples; the result does not depend on it.

    Returns
    -------
    BiasMap
        ``mean``, ``scatter`` and ``count`` of the samples, each of shape (nrows, ncols).

    Raises
    ------
    mkrefs.api.UserError
        If shapes do not agree, or there are fewer than two integrations.

    Examples
    --------
    >>> import numpy as np
    >>> darks = [np.random.default_rng(seed).normal(12000, 6, (1, 2, 4, 4)) for seed in range(20)]
    >>> measure_superbias(darks).mean.shape
    (4, 4)
    """
    flags = [None] * len(ramps) if group_dq is None else list(group_dq)
    if not ramps or len(flags) != len(ramps):
        raise UserError(
            f"measure_superbias: {len(ramps)} ramps and {len(flags)} group_dq arrays were given; give at "
            "least one ramp, and as many flags as ramps or none."
        )
    sources = [_Arrays(science, dq) for science, dq in zip(ramps, flags, strict=True)]
    shape = sources[0].shape[2:]
    marked = np.zeros(shape, dtype=np.bool_) if reference is None else np.asarray(reference, dtype=np.bool_)
    if {source.shape[2:] for source in sources} | {marked.shape} != {shape}:
        raise UserError(
            "measure_superbias: ramps or reference pixels differ in rows or columns; all must have one size."
        )
    return measure_ramps(
        sources,
        BiasSettings(clipping_sigma, max_clipping_iters, bias_correction, drift_correction),
        channels=channels or single_channel(shape[1]),
        reference=marked,
        stack_bytes=stack_bytes,
    )
