"""Where pixels of simulated detectors lie in the focal plane, as distortion reference files have it."""

from typing import Any

import numpy as np

from mkrefs.testing.image_header import FOCAL_PLANE
from mkrefs.testing.mosaic_spec import MosaicSpec
from mkrefs.testing.pointings import pointings
from mkrefs.testing.tangent_gwcs import distortion_model


def distortion_to_v2v3(spec: MosaicSpec, detector: str) -> Any:
    """Make the model of the distortion reference file that gives ``assign_wcs`` the right sky.

    Parameters
    ----------
    spec : MosaicSpec
        The mosaic.
    detector : str
        One of its detectors.

    Returns
    -------
    astropy.modeling.Model
        From pixels, the first of which is (0, 0), to V2 and V3 in arcsec, with its inverse. V3 runs along y
        and V2 against x, at the detector's pixel scale; V2 is a longitude, stretched by 1/cos(V3).
    """
    from astropy.modeling import models

    sky = next(place.sky for place in pointings(spec) if place.detector == detector)
    v2, v3 = FOCAL_PLANE[detector]
    x, y = sky.reference_pixel
    stretch = 1 / float(np.cos(np.deg2rad(v3 / 3600)))
    model = models.Shift(-x) & models.Shift(-y)
    if any(sky.distortion):
        model = model | distortion_model(sky, spec.shape)
    return model | (
        models.Scale(-sky.scale * stretch) & models.Scale(sky.scale) | models.Shift(v2) & models.Shift(v3)
    )
