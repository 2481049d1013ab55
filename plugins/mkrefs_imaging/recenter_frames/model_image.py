"""The model of the star behind the mask: from a file, a function, or STPSF, whichever there is."""

import importlib
import importlib.util
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import CalibratedImage, UserError
from mkrefs_imaging.recenter_frames.parameters import RecenterParameters

_LABEL = "recenter_frames"


@dataclass(frozen=True, slots=True)
class ModelImage:
    """A star behind the mask, in the middle of an image in pixels of the detector.

    Attributes
    ----------
    data : ndarray of float64, shape (npixels, npixels)
        The image; the star is at ((npixels - 1) / 2, (npixels - 1) / 2).
    source : str
        Where it comes from, for HISTORY.
    """

    data: NDArray[np.float64]
    source: str


def model_image(image: CalibratedImage, parameters: RecenterParameters) -> ModelImage:
    """Get the model that the parameters name, or make one with STPSF.

    Parameters
    ----------
    image : CalibratedImage
        The first science exposure.
    parameters : RecenterParameters
        What the section of the label sets.

    Returns
    -------
    ModelImage

    Raises
    ------
    mkrefs.api.UserError
        If there is none, or it is no image.
    """
    if parameters.psf_file:
        data, source = _from_file(parameters.psf_file), Path(parameters.psf_file).name
    elif parameters.psf_function:
        found = load_function(parameters.psf_function)
        data, source = found(image.header, parameters.fov_pix), parameters.psf_function
    elif stpsf_is_there():
        from mkrefs_imaging.recenter_frames.stpsf_model import stpsf_image

        data, source = stpsf_image(image, parameters), f"STPSF, {parameters.spectral_type}"
    else:
        raise UserError(
            f"{_LABEL}: there is no model of the star: name a FITS file (psf_file) or a function "
            "(psf_function), or install the package stpsf and let STPSF_PATH name the folder of its data."
        )
    return ModelImage(_checked(data, source, parameters.fov_pix), source)


def stpsf_is_there() -> bool:
    """Tell whether STPSF and its data are installed."""
    folder = os.environ.get("STPSF_PATH", "")
    return bool(folder) and Path(folder).is_dir() and importlib.util.find_spec("stpsf") is not None


def load_function(name: str) -> Callable[..., Any]:
    """Find a function by ``module:function`` or ``file.py:function``.

    Raises
    ------
    mkrefs.api.UserError
        If there is no such module, file or function.
    """
    place, _, function = name.rpartition(":")
    try:
        module = _load_file(Path(place)) if place.endswith(".py") else importlib.import_module(place)
        found = getattr(module, function)
    except (ImportError, OSError, AttributeError) as error:
        raise UserError(f"{_LABEL}.psf_function: {name} cannot be loaded ({error}); correct it.") from error
    if not callable(found):
        raise UserError(f"{_LABEL}.psf_function: {name} is no function; name one.")
    return found  # type: ignore[no-any-return]  # what a user wrote may give anything


def _load_file(path: Path) -> Any:
    name = f"{_LABEL}_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _from_file(path: str) -> NDArray[np.float64]:
    from mkrefs_imaging.registration.fits_image import read_image

    found = read_image(path, f"{_LABEL}.psf_file", prefer=("DET_DIST", "DET_SAMP", "SCI"))
    factor = found.oversample
    rows, columns = found.data.shape
    if rows % factor or columns % factor:
        raise UserError(
            f"{_LABEL}.psf_file: {path} has {columns} x {rows} pixels, which its OVERSAMP of {factor} does "
            "not divide; give whole pixels of the detector."
        )
    boxes = found.data.reshape(rows // factor, factor, columns // factor, factor)
    return np.asarray(boxes.sum(axis=(1, 3)))


def _checked(data: Any, source: str, fov_pix: int) -> NDArray[np.float64]:
    """Cut a model to the field, the same on all sides, and refuse what is no image of a star."""
    image = np.asarray(data, dtype=np.float64)
    if image.ndim != 2 or min(image.shape) < 9:
        raise UserError(
            f"{_LABEL}: the model of {source} has the shape {image.shape}; it must be an image of 9 x 9 "
            "pixels at least."
        )
    cut = [max((length - fov_pix + 1) // 2, 0) for length in image.shape]
    image = image[cut[0] : image.shape[0] - cut[0], cut[1] : image.shape[1] - cut[1]]
    if not np.isfinite(image).all() or not np.ptp(image) > 0:
        raise UserError(f"{_LABEL}: the model of {source} is not finite everywhere, or flat; give another.")
    return image
