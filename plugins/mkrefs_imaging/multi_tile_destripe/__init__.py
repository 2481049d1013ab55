"""1/f stripes of overlapping images: parameters, correction, and the algorithm on arrays.

Importing the package loads neither numba nor scipy; the first measurement does.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mkrefs_imaging.multi_tile_destripe.destripe import destripe_tiles
    from mkrefs_imaging.multi_tile_destripe.tiles import Tile

__all__ = ["Tile", "destripe_tiles"]


def __getattr__(name: str) -> Any:
    if name == "destripe_tiles":
        from mkrefs_imaging.multi_tile_destripe.destripe import destripe_tiles

        return destripe_tiles
    if name == "Tile":
        from mkrefs_imaging.multi_tile_destripe.tiles import Tile

        return Tile
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
