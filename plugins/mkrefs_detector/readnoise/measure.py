"""The read noise of plain arrays, for notebooks and scripts; no file and no header is needed."""

from collections.abc import Sequence

from numpy.typing import ArrayLike

from mkrefs.api import UserError
from mkrefs_detector.plain_arrays import PlainRamp
from mkrefs_detector.readnoise.layout import GroupDifferences
from mkrefs_detector.readnoise.settings import Method, NoiseSettings
from mkrefs_detector.readnoise.streaming import NoiseMap, measure_ramps


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
        Threads that read and compute.
    slice_width : int
        Rows that each thread holds in memory at a time; the result does not depend on it.

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
    sources = [
        PlainRamp(science, dq, caller="measure_readnoise") for science, dq in zip(ramps, flags, strict=True)
    ]
    if len({source.shape[2:] for source in sources}) > 1:
        raise UserError("measure_readnoise: the ramps differ in rows or columns; all must have one size.")
    settings = NoiseSettings(method, group_diff_type, clipping_sigma, max_clipping_iters, bias_correction)
    return measure_ramps(sources, settings, nframes=nframes, nproc=nproc, slice_width=slice_width)
