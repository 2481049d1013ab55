"""The figures of a destriping, as values; the engine draws them."""

from collections.abc import Mapping

import numpy as np

from mkrefs.api import CalibratedImage, Curves, Figure, Map
from mkrefs_imaging.multi_tile_destripe.destripe import TileStripes
from mkrefs_imaging.multi_tile_destripe.tiles import Tile


def stripe_figures(
    role: str, image: CalibratedImage, tile: Tile, stripes: TileStripes
) -> Mapping[str, Figure]:
    """Give a map of the stripes of an image, and curves of the offsets of its rows.

    Parameters
    ----------
    role : str
        Role of the image, with which the names of the figures begin.
    image : CalibratedImage
        The image.
    tile, stripes : Tile, TileStripes
        What was found of it.

    Returns
    -------
    mapping of str to Figure
        ``ROLE_stripes`` and ``ROLE_offsets``, and ``ROLE_columns`` where stripes across were taken off.
    """
    quantity = f"offset ({image.unit})" if image.unit else "offset"
    pattern = stripes.pattern.T if tile.turned else stripes.pattern
    slow, fast = ("column", "row") if tile.turned else ("row", "column")
    curves = {f"amplifier {number + 1}": stripes.rows[:, number] for number in range(tile.amplifiers)}
    figures: dict[str, Figure] = {
        f"{role}_stripes": Map(f"Stripes of {image.exposure}", quantity, pattern),
        f"{role}_offsets": Curves(
            f"Stripes of {image.exposure}", slow, quantity, np.arange(len(stripes.rows)), curves
        ),
    }
    if stripes.columns.any():
        figures[f"{role}_columns"] = Curves(
            f"Stripes across of {image.exposure}",
            fast,
            quantity,
            np.arange(stripes.columns.size),
            {"all rows": stripes.columns},
        )
    return figures
