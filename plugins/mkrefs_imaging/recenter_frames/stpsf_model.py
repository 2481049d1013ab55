"""A model of the star by STPSF, where the package and its data are installed; nothing is fetched."""

import importlib
import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import CalibratedImage, UserError
from mkrefs_imaging.recenter_frames.parameters import RecenterParameters

# Masks by the last letters of CORONMSK, as the data models write it: MASKA335R, MASKASWB ...
_MASKS = {"210R": "MASK210R", "335R": "MASK335R", "430R": "MASK430R", "SWB": "MASKSWB", "LWB": "MASKLWB"}


def stpsf_image(image: CalibratedImage, parameters: RecenterParameters) -> NDArray[np.float64]:
    """Compute the star behind its mask, in pixels of the detector.

    Parameters
    ----------
    image : CalibratedImage
        The first science exposure: DETECTOR, FILTER, CORONMSK and APERNAME are taken from its header.
    parameters : RecenterParameters
        ``fov_pix``, ``oversample`` and ``spectral_type``.

    Returns
    -------
    ndarray of float64, shape (fov_pix, fov_pix)

    Raises
    ------
    mkrefs.api.UserError
        If STPSF does not know what the header says.
    """
    stpsf = importlib.import_module("stpsf")
    camera = stpsf.NIRCam()
    try:
        _set_up(camera, image)
        computed = camera.calc_psf(
            source=_spectrum(stpsf, parameters.spectral_type),
            fov_pixels=parameters.fov_pix,
            oversample=parameters.oversample,
        )
    except (ValueError, KeyError, OSError) as error:
        raise UserError(
            f"recenter_frames: STPSF cannot model {image.name} ({error}); name a model by psf_file."
        ) from error
    names = [unit.name for unit in computed]
    chosen = next((name for name in ("DET_DIST", "DET_SAMP") if name in names), names[0])
    return np.asarray(computed[chosen].data, dtype=np.float64)


def _set_up(camera: Any, image: CalibratedImage) -> None:
    metadata, header = image.metadata, image.header
    camera.detector = metadata.detector.replace("LONG", "5")
    camera.filter = metadata.filter
    mask = str(header.get("CORONMSK", ""))
    known = next((name for ending, name in _MASKS.items() if mask.endswith(ending)), None)
    if known is not None:
        camera.image_mask = known
        camera.pupil_mask = "WEDGELYOT" if known.endswith("WB") else "CIRCLYOT"
    if "APERNAME" in header:
        camera.set_position_from_aperture_name(header["APERNAME"])


def _spectrum(package: Any, spectral_type: str) -> Any:
    """Give the spectrum; None, a flat one, where the stellar atmospheres are not installed."""
    if not os.environ.get("PYSYN_CDBS"):
        return None
    return package.specFromSpectralType(spectral_type)
