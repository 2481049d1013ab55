"""The search for bad pixels in dark ramps: parameters, creator, and the algorithms on arrays.

Importing the package loads neither numba nor scipy; the first measurement does.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mkrefs_detector.bad_pixel_mask.darks.arrays import find_bad_pixels

__all__ = ["find_bad_pixels"]


def __getattr__(name: str) -> Any:
    if name == "find_bad_pixels":
        from mkrefs_detector.bad_pixel_mask.darks.arrays import find_bad_pixels

        return find_bad_pixels
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
