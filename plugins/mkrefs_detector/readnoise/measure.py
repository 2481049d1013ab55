"""The read noise of plain arrays, for notebooks and scripts; no file and no header is needed."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mkrefs.api import RampRows, UserError
from mkrefs_detector.readnoise.layout import GroupDifferences
from mkrefs_detector.readnoise.settings import Method, NoiseSettings
from mkrefs_detector.readnoise.streaming import NoiseMap, measure_ramps


class _Arrays:
    """Arrays that are read in rows like a ramp."""

    def __init__(self, science: ArrayLike, group_dq: ArrayLike | None) -> None:
        self._science = np.asarray(science)
        if self._science.ndim != 4:
            raise UserError(
                f"measure_readnoise: a ramp has {self._science.ndim} dimensions; it must have four: "
                "integrations, groups, rows, columns."
            )
        none = np.broadcast_to(np.uint8(0), self._science.shape)
        self._group_dq: NDArray[np.generic] = none if group_dq is None else np.asarray(group_dq)
        if self._group_dq.shape != self._science.shape:
            raise UserError(
                f"measure_readnoise: group_dq has the shape {self._group_dq.shape}; it must have that of the "
                f"ramp, {self._science.shape}."
            )

    @property
    def shape(self) -> tuple[int, int, int, int]:
        nints, ngroups, nrows, ncols = self._science.shape
        return nints, ngroups, nrows, ncols

    def rows(self, start: int, stop: int) -> RampRows:
        pixel_dq = np.zeros((stop - start, self.shape[3]), dtype=np.uint32)
        science = self._science[:, :, start:stop].astype(np.float32)
        group_dq = self._group_dq[:, :, start:stop].astype(np.uint8)
        return RampRows(start, science, group_dq, pixel_dq)


def measure_readnoise(
    ramps: Sequence[ArrayLike],
    group_dq: Sequence[ArrayLike | None] | None = None,
    *,
    nframes: int = 1,
    method: Method = "stack",
    group_diff_type: GroupDifferences = "independent",
    clipping_sigma: float = 3.0,
    max_clipping_iters: int = 3,
    bias_correction: bool = True,
    nproc: int = 1,
    slice_width: int = 50,
) -> NoiseMap:
    """Measure the CDS noise of each pixel from dark ramps.

    Parameters
    ----------
    ramps : sequence of array_like, each of shape (nints, ngroups, nrows, ncols)
        Signal of the dark ramps, usually in DN; numbers of integrations and groups may differ.
    group_dq : sequence of array_like or None
        Group DQ flags of each ramp; differences spoiled by DO_NOT_USE, SATURATED or JUMP_DET are left out.
    nframes : int
        Frames averaged into each group.
    method : {"stack", "ramp", "fit"}
        One sample of all differences; one per ramp, then their average; residuals about lines.
    group_diff_type : {"independent", "consecutive"}
        Use each group once, or difference each group with its neighbour.
    clipping_sigma : float
        Threshold of the rejection of outliers, in Gaussian standard deviations.
    max_clipping_iters : int
        Largest number of passes of the rejection.
    bias_correction : bool
        Correct for what rejection and small samples take away.
    nproc : int
        Threads.
    slice_width : int
        Rows held in memory at a time; the result does not depend on it.

    Returns
    -------
    NoiseMap
        ``noise``, its standard error ``err`` and its degrees of freedom ``dof``, each of shape
        (nrows, ncols), in the unit of the ramps.

    Raises
    ------
    mkrefs.api.UserError
        If shapes do not agree, or the ramps give too few differences.

    Examples
    --------
    >>> import numpy as np
    >>> darks = [6.0 * np.random.default_rng(seed).standard_normal((1, 10, 4, 4)) for seed in range(20)]
    >>> measure_readnoise(darks).noise.shape
    (4, 4)
    """
    flags = [None] * len(ramps) if group_dq is None else list(group_dq)
    if not ramps or len(flags) != len(ramps):
        raise UserError(
            f"measure_readnoise: {len(ramps)} ramps and {len(flags)} group_dq arrays were given; give at "
            "least one ramp, and as many flags as ramps or none."
        )
    sources = [_Arrays(science, dq) for science, dq in zip(ramps, flags, strict=True)]
    if len({source.shape[2:] for source in sources}) > 1:
        raise UserError("measure_readnoise: the ramps differ in rows or columns; all must have one size.")
    settings = NoiseSettings(method, group_diff_type, clipping_sigma, max_clipping_iters, bias_correction)
    return measure_ramps(sources, settings, nframes=nframes, nproc=nproc, slice_width=slice_width)
