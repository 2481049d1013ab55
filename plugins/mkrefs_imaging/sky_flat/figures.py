"""The figures of a sky flat, as values; the engine draws them."""

from collections.abc import Mapping

import numpy as np

from mkrefs.api import Curves, Figure, Map
from mkrefs_imaging.sky_flat.combination import Response
from mkrefs_imaging.sky_flat.product import FlatProduct


def flat_figures(product: FlatProduct, response: Response, where: str) -> Mapping[str, Figure]:
    """Give maps of flat and error, and the sky of the images.

    Parameters
    ----------
    product : FlatProduct
        What the file holds.
    response : Response
        What it was made from.
    where : str
        Detector and filter, for the titles.

    Returns
    -------
    mapping of str to Figure
    """
    shown = np.where(product.missing, np.nan, product.flat)
    skies = {
        "level": np.array([sky.level for sky in response.sky]),
        "scatter of a pixel": np.array([sky.scatter for sky in response.sky]),
    }
    return {
        "flat": Map(f"Sky flat of {where}", "response", shown),
        "error": Map(f"Error of the sky flat of {where}", "error of the response", product.err),
        "sky": Curves(
            f"Sky of the images of {where}",
            "number of the image",
            "brightness (unit of the images)",
            response.images + 1.0,
            skies,
        ),
    }
