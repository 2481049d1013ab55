"""The gain of a detector by photon transfer: parameters, creator, and the algorithm on arrays.

Importing the package loads neither numba nor scipy; the first measurement does.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mkrefs_detector.gain.measure import measure_gain

__all__ = ["measure_gain"]


def __getattr__(name: str) -> Any:
    if name == "measure_gain":
        from mkrefs_detector.gain.measure import measure_gain

        return measure_gain
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
