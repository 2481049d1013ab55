"""The read noise of a detector as CDS noise per pixel: parameters, creator, and the algorithm on arrays.

Importing the package loads neither numba nor scipy; the first measurement does.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mkrefs_detector.readnoise.measure import measure_readnoise

__all__ = ["measure_readnoise"]


def __getattr__(name: str) -> Any:
    if name == "measure_readnoise":
        from mkrefs_detector.readnoise.measure import measure_readnoise

        return measure_readnoise
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
