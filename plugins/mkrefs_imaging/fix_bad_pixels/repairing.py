"""Runs the methods on an image, one after the other, and keeps account of what each did."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import CalibratedImage
from mkrefs_imaging.fix_bad_pixels import finders, fixers
from mkrefs_imaging.fix_bad_pixels.custom import custom
from mkrefs_imaging.fix_bad_pixels.method import FINDERS, read_methods
from mkrefs_imaging.fix_bad_pixels.parameters import FixBadPixelsParameters
from mkrefs_imaging.fix_bad_pixels.standing_kernels import places_of
from mkrefs_imaging.fix_bad_pixels.state import State, begin
from mkrefs_imaging.planes.planes import Planes


@dataclass(frozen=True, slots=True)
class Step:
    """What one method did: how many pixels it found, or repaired."""

    method: str
    pixels: int


@dataclass(frozen=True, slots=True)
class Repaired:
    """The pixels after all methods, how many were bad at the beginning, and what each method did."""

    state: State
    flagged: int
    steps: tuple[Step, ...]


def run_methods(image: CalibratedImage, planes: Planes, parameters: FixBadPixelsParameters) -> Repaired:
    """Find and repair bad pixels of an image.

    Parameters
    ----------
    image : CalibratedImage
        The image, whose name and mode choose the custom bad pixels.
    planes : Planes
        Its arrays; they stay as they are.
    parameters : FixBadPixelsParameters
        Methods and their options.

    Returns
    -------
    Repaired
    """
    state = begin(planes, set_dq_zero=parameters.set_dq_zero)
    flagged = int(np.count_nonzero(state.bad))
    steps = []
    for method in read_methods(parameters.method):
        if method in FINDERS:
            pixels = state.mark(_find(method, image, state, parameters))
        else:
            places = places_of(state.bad)
            pixels = state.repair(places, *_fix(method, state, places, parameters))
        steps.append(Step(method, pixels))
    return Repaired(state, flagged, tuple(steps))


def _find(
    method: str, image: CalibratedImage, state: State, parameters: FixBadPixelsParameters
) -> NDArray[np.bool_]:
    if method == "dqarr":
        return state.flagged & ~state.fixed
    if method == "sigclip":
        return finders.sigclip(state.data, state.good, parameters.sigclip_kwargs)
    if method == "timeints":
        return finders.timeints(state.data, state.good, parameters.timeints_kwargs)
    if method == "gradient":
        return finders.gradient(state.data, state.good, parameters.gradient_kwargs)
    return custom(image, parameters.custom_kwargs, state.data.shape)


def _fix(
    method: str, state: State, places: fixers.Places, parameters: FixBadPixelsParameters
) -> fixers.Estimates:
    if method == "timemed":
        return fixers.timemed(state, places)
    if method == "localmed":
        return fixers.around(state, places, parameters.localmed_kwargs.offsets())
    if method == "medfilt":
        return fixers.around(state, places, fixers.window(parameters.medfilt_kwargs.size))
    return fixers.interp2d(state, places, parameters.interp2d_kwargs.size)
