"""Tiles made of images: turned by SLOWAXIS, with the weights that were asked for and their amplifiers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import DETECTORS, PIXEL_DQ, CalibratedImage, UserError
from mkrefs_imaging.multi_tile_destripe.parameters import MultiTileDestripeParameters
from mkrefs_imaging.multi_tile_destripe.tiles import Tile

Image = NDArray[np.float32]

_FULL_AMPLIFIERS = 4
_FULL_SIZE = 2048
# No pixel counts more than so many times as much as the median of its tile: a variance may be wrong.
_MOST_WEIGHT = 4.0
_EXPOSURE_TIMES = ("EFFEXPTM", "XPOSURE", "EXPTIME", "TMEASURE")


@dataclass(frozen=True, slots=True)
class Inputs:
    """The tiles of a group, and what there is to say about how they were made.

    Attributes
    ----------
    tiles : tuple of Tile
        In the order of the images.
    notes, warnings : tuple of str
        Sentences for HISTORY, and for somebody to know.
    """

    tiles: tuple[Tile, ...]
    notes: tuple[str, ...]
    warnings: tuple[str, ...]


def read_tiles(images: Mapping[str, CalibratedImage], parameters: MultiTileDestripeParameters) -> Inputs:
    """Make the tiles of a group of images.

    Parameters
    ----------
    images : mapping of str to CalibratedImage
        By role.
    parameters : MultiTileDestripeParameters
        What the section of the label sets.

    Returns
    -------
    Inputs
    """
    given = tuple(images.values())
    weights, notes, warnings = _weights(given, parameters)
    tiles = []
    for image, weight in zip(given, weights, strict=True):
        gain = _gain(image) if parameters.apply_to_unflat else None
        if parameters.apply_to_unflat and gain is None:
            notes.append(
                f"{image.name} was not divided by a flat field: its stripes are taken off as they are."
            )
        tiles.append(_tile(image, weight, gain, parameters.quadrants))
    return Inputs(tuple(tiles), tuple(notes), tuple(warnings))


def _tile(image: CalibratedImage, weight: Image, gain: Image | None, quadrants: bool) -> Tile:
    data = image.array("data").astype(np.float32)
    usable = usable_pixels(image)
    weight = np.where(usable, weight, np.float32(0))
    data = np.where(usable, data, np.float32(np.nan))
    turned = is_turned(image)
    if turned:
        data, weight = np.ascontiguousarray(data.T), np.ascontiguousarray(weight.T)
        gain = None if gain is None else np.ascontiguousarray(gain.T)
    amplifier = amplifier_of_columns(image, data.shape[1], quadrants)
    sky = image.sky
    if sky is None:
        raise UserError(
            f"multi_tile_destripe: {image.name} has no way to the sky; give images with a WCS, in the data "
            "model or as FITS keywords."
        )
    return Tile(image.name, data, weight, amplifier, sky, turned, gain)


def usable_pixels(image: CalibratedImage) -> NDArray[np.bool_]:
    """Tell which pixels are numbers and not DO_NOT_USE."""
    usable = np.isfinite(image.array("data"))
    if "dq" in image.arrays:
        usable &= (image.array("dq") & PIXEL_DQ["DO_NOT_USE"]) == 0
    return np.asarray(usable, dtype=np.bool_)


def is_turned(image: CalibratedImage) -> bool:
    """Tell whether stripes run along columns: whether the slow axis is along x."""
    slowaxis = abs(image.metadata.slowaxis)
    if slowaxis not in (1, 2):
        detector = DETECTORS.get(image.metadata.detector.upper())
        if detector is None:
            raise UserError(
                f"multi_tile_destripe: SLOWAXIS of {image.name} is {image.metadata.slowaxis}; it must be 1 "
                "or 2, positive or negative: correct the header."
            )
        slowaxis = abs(detector.slowaxis)
    return slowaxis == 1


def amplifier_of_columns(image: CalibratedImage, size: int, quadrants: bool) -> NDArray[np.int64]:
    """Give the number of the amplifier at each place along the fast axis.

    Parameters
    ----------
    image : CalibratedImage
        Tells instrument, number of outputs and subarray.
    size : int
        Pixels along the fast axis.
    quadrants : bool
        False takes all for one.

    Returns
    -------
    ndarray of int64, shape (size,)
        Four outputs read a quarter each, side by side; MIRI's read every fourth pixel, and count as one.
    """
    metadata = image.metadata
    full = size == _FULL_SIZE or metadata.subarray.upper().startswith("FULL")
    outputs = metadata.noutputs or (_FULL_AMPLIFIERS if full else 1)
    if not quadrants or metadata.instrument.upper() == "MIRI":
        outputs = 1
    return np.arange(size, dtype=np.int64) * outputs // size


def _gain(image: CalibratedImage) -> Image | None:
    """Give the inverse of the flat field, 1 where it is not known; None without one."""
    flat = image.flat()
    if flat is None:
        return None
    known = np.isfinite(flat) & (flat > 0)
    return np.where(known, 1 / np.where(known, flat, 1), 1).astype(np.float32)


def _weights(
    images: Sequence[CalibratedImage], parameters: MultiTileDestripeParameters
) -> tuple[list[Image], list[str], list[str]]:
    """Give the weights of all pixels of all images, notes and warnings."""
    if parameters.weight_method != "mean":
        note = f"Average image by {parameters.weight_method}, which uses no weights."
        return [_even(image, 1.0) for image in images], [note], []
    if parameters.weight_type == "exptime":
        times = [_exposure_time(image) for image in images]
        if all(times):
            longest = max(times)
            return [_even(image, time / longest) for image, time in zip(images, times, strict=True)], [], []
        name = images[times.index(0.0)].name
        text = (
            f"{name} does not tell its exposure time ({', '.join(_EXPOSURE_TIMES)}): all tiles count alike."
        )
        return [_even(image, 1.0) for image in images], [], [text]
    if parameters.weight_type == "ivm":
        for array, power, what in (("var_rnoise", 1, "the read noise"), ("err", 2, "the whole error")):
            if all(array in image.arrays and _known(image.array(array)) for image in images):
                found = [_inverse(image.array(array).astype(np.float64) ** power) for image in images]
                scale = float(np.median([np.median(weight) for weight in found])) or 1.0
                notes = [f"Tiles are weighted by the inverse variance of {what}."]
                return [(weight / scale).astype(np.float32) for weight in found], notes, []
        text = "Not all tiles tell the variance of their read noise, or their errors: all count alike."
        return [_even(image, 1.0) for image in images], [], [text]
    return [_even(image, 1.0) for image in images], [], []


def _even(image: CalibratedImage, weight: float) -> Image:
    return np.full(image.shape, weight, dtype=np.float32)


def _exposure_time(image: CalibratedImage) -> float:
    for keyword in _EXPOSURE_TIMES:
        value = image.header.get(keyword)
        if isinstance(value, (int, float)) and np.isfinite(value) and value > 0:
            return float(value)
    return 0.0


def _known(variance: NDArray[np.floating]) -> bool:
    return bool((np.isfinite(variance) & (variance > 0)).any())


def _inverse(variance: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the inverse of variances; the median where there is none, and never much more than that."""
    known = np.isfinite(variance) & (variance > 0)
    inverse = np.where(known, 1 / np.where(known, variance, 1), 0)
    middle = float(np.median(inverse[known]))
    return np.where(known, np.minimum(inverse, _MOST_WEIGHT * middle), middle)
