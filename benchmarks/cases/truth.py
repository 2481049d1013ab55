"""How near the truth the answers of both sides are."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from benchmarks.case import Answers, Verdict
from benchmarks.setting import Setting

# How many times as far from the truth as the peer ours may be: it is one draw of the noise.
_WORSE = 1.25

Errors = Callable[[Setting, Answers, str], float]


def nearer(errors: Mapping[str, float], unit: str, most: float) -> Verdict:
    """Say how far from the truth both answers are.

    Parameters
    ----------
    errors : mapping of str to float
        The rms error of ``ours``, and of ``peer`` if there is one.
    unit : str
        Of the errors.
    most : float
        An error of ours beyond this is wrong.
    """
    ours, peer = errors["ours"], errors.get("peer")
    good = ours <= most and (peer is None or ours <= _WORSE * peer)
    other = "" if peer is None else f", peer {peer:.4g}"
    return Verdict(f"rms from the truth: ours {ours:.4g}{other} {unit}", good)


def rms(values: NDArray[np.floating]) -> float:
    """Give the root mean square of what is finite."""
    finite = values[np.isfinite(values)]
    return float(np.sqrt(np.mean(np.square(finite, dtype=np.float64)))) if finite.size else np.inf
