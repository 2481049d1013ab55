"""The dark current of a detector: parameters, creator, and the algorithm on arrays.

Importing the package loads neither numba nor scipy; the first measurement does.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mkrefs_detector.dark.measure import measure_dark

__all__ = ["measure_dark"]


def __getattr__(name: str) -> Any:
    if name == "measure_dark":
        from mkrefs_detector.dark.measure import measure_dark

        return measure_dark
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
