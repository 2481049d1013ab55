"""The bias of plain arrays, for notebooks and scripts; no file and no header is needed."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from mkrefs.api import UserError
from mkrefs_detector.plain_arrays import PlainRamp
from mkrefs_detector.superbias.channels import Channels, single_channel
from mkrefs_detector.superbias.settings import BiasSettings
from mkrefs_detector.superbias.streaming import BiasMap, measure_ramps

_STACK_BYTES = 1 << 27


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
    sources = [
        PlainRamp(science, dq, caller="measure_superbias") for science, dq in zip(ramps, flags, strict=True)
    ]
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
