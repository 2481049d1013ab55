"""The parameters of the correction `fix_bad_pixels`; names and defaults are the documented ones."""

from collections.abc import Mapping
from typing import Any

from pydantic import field_validator, model_validator

from mkrefs.api import parameter
from mkrefs_imaging.fix_bad_pixels.method import read_methods
from mkrefs_imaging.fix_bad_pixels.options import (
    DqarrOptions,
    GradientOptions,
    Interp2dOptions,
    LocalmedOptions,
    MedfiltOptions,
    SigclipOptions,
    TimeintsOptions,
    TimemedOptions,
)
from mkrefs_imaging.kinds.parameters import KindParameters

#: A file with a map, or places: rows of (row, column) or (integration, row, column), from 0.
BadPixels = str | tuple[tuple[int, int] | tuple[int, int, int], ...]


class FixBadPixelsParameters(KindParameters):
    """What the section of a label of this correction may set."""

    method: str = parameter(
        "timemed+localmed+medfilt",
        "Methods, joined by '+', one after the other. Finders: dqarr, sigclip, custom, timeints, gradient; "
        "fixers: timemed, localmed, medfilt, interp2d.",
    )
    set_dq_zero: bool = parameter(
        False,
        "Start with no bad pixel, so that only what the finders of `method` name is repaired; the DQ array "
        "itself is never erased. False starts with the pixels that are NaN or DO_NOT_USE.",
    )
    dqarr_kwargs: DqarrOptions = parameter({}, "Options of `dqarr`; there are none.")
    sigclip_kwargs: SigclipOptions = parameter({}, "Options of `sigclip`.")
    custom_kwargs: Mapping[str, BadPixels] = parameter(
        {},
        "Bad pixels by mode (TELESCOP_INSTRUME_DETECTOR_FILTER_PUPIL_CORONMSK_SUBARRAY, shell patterns "
        "allowed) or name of an exposure: the name of a FITS file with a map (a value other than 0 is bad; "
        "in an extension DQ, DO_NOT_USE), or places as a list of [row, column] or [integration, row, "
        "column], from 0.",
    )
    timeints_kwargs: TimeintsOptions = parameter({}, "Options of `timeints`.")
    gradient_kwargs: GradientOptions = parameter({}, "Options of `gradient`.")
    timemed_kwargs: TimemedOptions = parameter({}, "Options of `timemed`; there are none.")
    localmed_kwargs: LocalmedOptions = parameter({}, "Options of `localmed`.")
    medfilt_kwargs: MedfiltOptions = parameter({}, "Options of `medfilt`.")
    interp2d_kwargs: Interp2dOptions = parameter({}, "Options of `interp2d`.")
    min_nancluster: int = parameter(
        5,
        "NaNs that touch each other, so many or more in the typical frame, are written as a map to "
        "<exposure>_nanmask.fits: what is repaired there is a guess.",
        ge=1,
        unit="pixel",
    )
    unflag: bool = parameter(
        True, "Repaired pixels lose DO_NOT_USE, as documented; they have FLUX_ESTIMATED in any case."
    )
    plot: bool = parameter(False, "Draw figures: the distribution of the pixel values before and after.")

    @model_validator(mode="before")
    @classmethod
    def _earlier_names(cls, given: Any) -> Any:
        """Take bpclean_kwargs and dqmed_kwargs for what they are called today."""
        if not isinstance(given, Mapping):
            return given
        values = dict(given)
        if "bpclean_kwargs" in values and "sigclip_kwargs" not in values:
            values["sigclip_kwargs"] = values.pop("bpclean_kwargs")
        if "dqmed_kwargs" in values and "localmed_kwargs" not in values:
            values["localmed_kwargs"] = values.pop("dqmed_kwargs")
        options = values.get("sigclip_kwargs")
        if isinstance(options, Mapping) and "sigclip" in options and "sigma" not in options:
            values["sigclip_kwargs"] = {
                ("sigma" if name == "sigclip" else name): value for name, value in options.items()
            }
        return values

    @field_validator("method")
    @classmethod
    def _known_methods(cls, value: str) -> str:
        return "+".join(read_methods(value))
