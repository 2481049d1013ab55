"""Writes simulated images as the files the archive hands out: calibrated images, or the slopes before."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mkrefs.storage.atomic import atomic_write
from mkrefs.testing.array_image import ArrayImage
from mkrefs.testing.image_header import IMAGE2_STEPS, PHOTMJSR, PHOTOMETRY

_SUFFIX = "_cal"


def write_image(image: ArrayImage, folder: Path) -> Path:
    """Write the data model of an image under its name, whole or not at all.

    Parameters
    ----------
    image : ArrayImage
        The image.
    folder : Path
        Made when missing.

    Returns
    -------
    Path
        The file.
    """
    path = folder / image.name
    with image.model() as model, atomic_write(path) as temporary:
        model.save(str(temporary))
    return path


def rate_image(image: ArrayImage) -> ArrayImage:
    """Give the slope image that the pipeline would have made the calibrated image of.

    Parameters
    ----------
    image : ArrayImage
        A calibrated image, or cube.

    Returns
    -------
    ArrayImage
        In DN/s, the flat field undone, without the object that leads to the sky: ``assign_wcs`` makes it of
        the header.
    """
    flat = image.flat()
    factor = (np.float32(1.0) if flat is None else flat) / np.float32(PHOTMJSR)
    arrays: dict[str, NDArray[Any]] = {
        name: image.array(name) * factor for name in sorted(image.arrays & {"data", "err"})
    }
    arrays |= {name: image.array(name) * factor**2 for name in image.arrays & {"var_poisson", "var_rnoise"}}
    if "dq" in image.arrays:
        arrays["dq"] = image.array("dq")
    later = {*IMAGE2_STEPS, *PHOTOMETRY, "R_FLAT"}
    suffix = "_rate" if len(image.shape) == 2 else "_rateints"
    return ArrayImage(
        arrays.pop("data"),
        arrays=arrays,
        metadata=image.metadata,
        header={key: value for key, value in image.header.items() if key not in later} | {"BUNIT": "DN/s"},
        unit="DN/s",
        name=f"{image.exposure}{suffix}.fits",
        exposure=image.exposure,
    )


def write_flat(flat: NDArray[np.float32], image: ArrayImage, path: Path) -> None:
    """Write a flat field as a reference file, for its detector and read-out.

    Parameters
    ----------
    flat : ndarray of float32, shape (nrows, ncols)
        The flat field.
    image : ArrayImage
        One of the images divided by it.
    path : Path
        The file to make.
    """
    from stdatamodels.jwst.datamodels import FlatModel

    facts = image.metadata
    with FlatModel(np.array(flat)) as model, atomic_write(path) as temporary:
        model.err, model.dq = np.zeros_like(flat), np.zeros(flat.shape, np.uint32)
        model.meta.instrument.name, model.meta.instrument.detector = facts.instrument, facts.detector
        model.meta.instrument.filter, model.meta.instrument.pupil = facts.filter, facts.pupil
        subarray = model.meta.subarray
        subarray.name, subarray.fastaxis, subarray.slowaxis = facts.subarray, facts.fastaxis, facts.slowaxis
        subarray.xstart, subarray.ystart = facts.xstart, facts.ystart
        subarray.xsize, subarray.ysize = facts.xsize, facts.ysize
        model.meta.reftype, model.meta.pedigree = "FLAT", "SIMULATION"
        model.meta.author, model.meta.description = "mkrefs", "Flat field of simulated images"
        model.meta.useafter = "2022-01-01T00:00:00"
        model.save(str(temporary))
