"""The superbias of a near-infrared detector: parameters, creator, and the algorithm on arrays.

Importing the package loads neither numba nor scipy; the first measurement does.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mkrefs_detector.superbias.measure import measure_superbias

__all__ = ["measure_superbias"]


def __getattr__(name: str) -> Any:
    if name == "measure_superbias":
        from mkrefs_detector.superbias.measure import measure_superbias

        return measure_superbias
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
