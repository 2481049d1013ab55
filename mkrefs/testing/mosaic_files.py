"""Writes simulated mosaics: the images, their flat fields, and their truth beside."""

from dataclasses import fields
from pathlib import Path
from typing import Any, Literal

import numpy as np

from mkrefs.storage.atomic import atomic_write
from mkrefs.testing.image_files import rate_image, write_flat, write_image
from mkrefs.testing.mosaic import ImageTruth, Mosaic, flat_name

#: Name of the file with the truth.
TRUTH_FILE = "truth.npz"


def write_mosaic(mosaic: Mosaic, folder: Path, product: Literal["cal", "rate"] = "cal") -> list[Path]:
    """Write the images of a mosaic as the pipeline's products.

    Parameters
    ----------
    mosaic : Mosaic
        The mosaic.
    folder : Path
        Made when missing. Besides the images it gets ``truth.npz`` (see `write_mosaic_truth`), and the flat
        fields in ``references/``.
    product : str
        ``cal``: calibrated images with their WCS. ``rate``: slope images in DN/s, flat field undone, without
        a WCS; the distortion they assume is that of `distortion_to_v2v3`.

    Returns
    -------
    list of Path
        The images, in order of time.

    Raises
    ------
    mkrefs.errors.UserError
        If a file cannot be written.
    """
    images = {role: image if product == "cal" else rate_image(image) for role, image in mosaic.images.items()}
    paths = [write_image(image, folder) for image in images.values()]
    for detector in mosaic.spec.detectors:
        role = next(role for role, image in images.items() if image.metadata.detector == detector)
        write_flat(mosaic.truth[role].flat, images[role], folder / flat_name(detector))
    names = {role: image.name for role, image in images.items()}
    write_mosaic_truth(mosaic, folder / TRUTH_FILE, names)
    return paths


def write_mosaic_truth(mosaic: Mosaic, path: Path, names: dict[str, str]) -> None:
    """Write the truth of a mosaic.

    Parameters
    ----------
    mosaic : Mosaic
        The mosaic.
    path : Path
        The file to make, in numpy's format ``npz``: an array for each field of `ImageTruth` but ``sky``,
        under the name ``<file name>|<field>``, in MJy/sr.
    names : dict of str to str
        File names of the images by role.

    Raises
    ------
    mkrefs.errors.UserError
        If the file cannot be written.
    """
    arrays: dict[str, Any] = {}
    for role, truth in mosaic.truth.items():
        for item in fields(ImageTruth):
            if item.name != "sky":
                arrays[f"{names[role]}|{item.name}"] = np.asarray(getattr(truth, item.name))
    with atomic_write(path) as temporary:
        np.savez(temporary, **arrays)
