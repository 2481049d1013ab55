"""Makes the data models of images held in memory."""

from typing import TYPE_CHECKING, Any

import numpy as np

from mkrefs.testing.tangent_gwcs import tangent_gwcs
from mkrefs.testing.tangent_sky import TangentSky

if TYPE_CHECKING:
    from mkrefs.testing.array_image import ArrayImage


def image_model(image: "ArrayImage") -> Any:
    """Make the data model of an image.

    Parameters
    ----------
    image : ArrayImage
        The image; its arrays are copied. Keywords that the model does not know are left out.

    Returns
    -------
    stdatamodels.jwst.datamodels.ImageModel or CubeModel
        With the WCS as gwcs where the image has a `TangentSky`.
    """
    from stdatamodels.jwst import datamodels

    kind = datamodels.ImageModel if len(image.shape) == 2 else datamodels.CubeModel
    model = kind(np.array(image.array("data")))
    for name in sorted(image.arrays - {"data"}):
        setattr(model, name, np.array(image.array(name)))
    for keyword, value in image.header.items():
        for path in model.find_fits_keyword(keyword):
            model[path] = value
    model.meta.filename = image.name
    model.meta.bunit_data = image.unit or None
    if isinstance(image.sky, TangentSky):
        model.meta.wcs = tangent_gwcs(image.sky, image.shape)
    return model
