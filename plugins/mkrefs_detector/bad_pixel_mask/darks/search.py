"""The search for bad pixels in darks: from ramps with their fits to classes, and the account of it."""

from collections.abc import Sequence

import numpy as np

from mkrefs.api import ExposureMetadata, Ramp
from mkrefs_detector.bad_pixel_mask.darks.account import account_of, class_map
from mkrefs_detector.bad_pixel_mask.darks.classify import classify
from mkrefs_detector.bad_pixel_mask.darks.figures import dark_figures
from mkrefs_detector.bad_pixel_mask.darks.settings import DarkSettings
from mkrefs_detector.bad_pixel_mask.darks.sources import DarkSource, Geometry
from mkrefs_detector.bad_pixel_mask.darks.streaming import measure_darks
from mkrefs_detector.bad_pixel_mask.search import BoolMap, Search
from mkrefs_detector.dark.geometry import read_outputs
from mkrefs_detector.inputs import check_dark_is_there, check_same_mode

#: What must be one for all darks of a search.
ONE_MODE = (
    *("instrument", "detector", "xstart", "ystart", "xsize", "ysize", "fastaxis"),
    *("readpatt", "nframes", "groupgap", "group_time", "noutputs"),
)


def search_darks(
    ramps: Sequence[Ramp], settings: DarkSettings, *, reference: BoolMap, plot: bool = False
) -> Search:
    """Search bad pixels in darks.

    Parameters
    ----------
    ramps : sequence of Ramp
        Darks of one mode in the state after ``jump``, with the products ``rateints``, ``fitopt`` and, where
        they are to be had, ``raw``.
    settings : DarkSettings
        The choices made.
    reference : ndarray of bool, shape (nrows, ncols)
        Reference pixels.
    plot : bool
        Whether to give figures.

    Returns
    -------
    Search
        With the extension DARK_CLASSES, the classes as bits.

    Raises
    ------
    mkrefs.api.UserError
        If the ramps do not go together.
    """
    check_darks(ramps)
    metadata = ramps[0].metadata
    geometry = geometry_of(metadata, ~reference)
    darks = [DarkSource(ramp, ramp.images("rateints"), ramp.images("fitopt"), ramp.raw) for ramp in ramps]
    measured = measure_darks(darks, geometry, settings)
    found = classify(measured, geometry.light, settings)
    where = f"{metadata.detector} {metadata.subarray}"
    return Search(
        classes=found.classes,
        unknown=found.unknown,
        refused=found.refused,
        history=account_of(measured, found, settings, len(ramps)),
        extensions={"DARK_CLASSES": class_map(found.classes, reference.shape)},
        figures=dark_figures(measured, found, geometry.light, where) if plot else {},
    )


def check_darks(ramps: Sequence[Ramp]) -> None:
    """Refuse darks of which there is none, that are not of one mode, or whose dark current was taken off."""
    check_same_mode("search in darks", ramps, ONE_MODE)
    check_dark_is_there("search in darks", ramps)


def geometry_of(metadata: ExposureMetadata, light: BoolMap) -> Geometry:
    """Tell what belongs together on an array.

    Parameters
    ----------
    metadata : ExposureMetadata
        Of the darks.
    light : ndarray of bool, shape (nrows, ncols)
        Light-sensitive pixels.

    Returns
    -------
    Geometry
    """
    nrows, ncols = light.shape
    channel = read_outputs(metadata, (nrows, ncols)).image((nrows, ncols))
    return Geometry(
        group_time=metadata.group_time,
        channel=np.ascontiguousarray(channel),
        light=light,
        relative_pedestal=metadata.instrument == "MIRI",
    )
