"""Header facts that the step cannot do without, derived where a file does not give them.

They are put into the models that the step works on, never into what comes out.
"""

from typing import Any

import numpy as np

from mkrefs.api import CalibratedImage, UserError

# Of these the step takes sums and extremes for headers of mosaics alone; what is unknown is nothing.
_TIMES = ("start_time", "end_time", "duration")


def complete_wcs(model: Any, image: CalibratedImage) -> tuple[str, ...]:
    """Give the model a WCS made from the image's way to the sky, if it has none.

    Parameters
    ----------
    model : JwstDataModel
        Changed in place.
    image : CalibratedImage
        Where the model is from.

    Returns
    -------
    tuple of str
        What was made, for HISTORY.

    Raises
    ------
    mkrefs.api.UserError
        If there is neither.
    """
    if model.meta.wcs is not None:
        return ()
    if image.sky is None:
        raise UserError(
            f"outlier_detection: {image.name} has no WCS, neither in its data model nor as FITS keywords: "
            "run assign_wcs (calwebb_image2) on the exposure, or leave it out."
        )
    from mkrefs_imaging.outlier_detection.sky_gwcs import sky_gwcs

    model.meta.wcs = sky_gwcs(image.sky, image.shape)
    return ("WCS from FITS keywords",)


def complete_header(model: Any, image: CalibratedImage) -> tuple[str, ...]:
    """Give the model what the step asks of its header, as far as it is missing.

    Parameters
    ----------
    model : JwstDataModel
        Changed in place; it has a WCS.
    image : CalibratedImage
        Where the model is from.

    Returns
    -------
    tuple of str
        Names of what was derived, for HISTORY.
    """
    if model.meta.filename is None:
        model.meta.filename = image.name
    derived = _pointing(model.meta.wcs, image.shape)
    missing = [name for name in derived if getattr(model.meta.wcsinfo, name) is None]
    for name in missing:
        setattr(model.meta.wcsinfo, name, derived[name])
    for name in _TIMES:
        if getattr(model.meta.exposure, name) is None:
            setattr(model.meta.exposure, name, 0.0)
    if model.meta.exposure.exposure_time is None:
        model.meta.exposure.exposure_time = 1.0
        missing.append("exposure_time")
    return tuple(missing)


def _pointing(wcs: Any, shape: tuple[int, ...]) -> dict[str, Any]:
    """Give reference position, orientation of the y axis and outline of an image."""
    nrows, ncols = shape[-2:]
    x, y = (ncols - 1) / 2, (nrows - 1) / 2
    (ra, up_ra), (dec, up_dec) = wcs([x, x], [y, y + 1], with_bounding_box=False)
    east = ((up_ra - ra + 180) % 360 - 180) * np.cos(np.deg2rad(dec))
    corners = wcs(
        [-0.5, ncols - 0.5, ncols - 0.5, -0.5],
        [-0.5, -0.5, nrows - 0.5, nrows - 0.5],
        with_bounding_box=False,
    )
    outline = " ".join(f"{value:.9f}" for corner in zip(*corners, strict=True) for value in corner)
    return {
        "ra_ref": float(ra),
        "dec_ref": float(dec),
        "roll_ref": float(np.rad2deg(np.arctan2(east, up_dec - dec))),
        "v3yangle": 0.0,
        "vparity": -1,
        "s_region": f"POLYGON ICRS  {outline}",
    }
