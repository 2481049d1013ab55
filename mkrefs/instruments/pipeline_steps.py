"""The steps of calwebb_detector1 and calwebb_image2 as data: order by instrument, done-keywords, names.

The order is that of ``Detector1Pipeline.process()`` and ``Image2Pipeline.process()`` of jwst 3.0; a test
compares it with what is installed. What ``resample`` makes is no calibrated image of one exposure.
"""

from collections.abc import Mapping
from types import MappingProxyType

_TAIL = (
    "charge_migration",
    "jump",
    "picture_frame",
    "clean_flicker_noise",
    "persistence",
    "ramp_fit",
    "gain_scale",
)

#: Near-infrared detectors, calwebb_detector1.
NIR_ORDER = (
    "group_scale",
    "dq_init",
    "saturation",
    "ipc",
    "superbias",
    "refpix",
    "linearity",
    "dark_current",
    *_TAIL,
)

#: MIRI, calwebb_detector1.
MIRI_ORDER = (
    "group_scale",
    "dq_init",
    "emicorr",
    "saturation",
    "ipc",
    "firstframe",
    "lastframe",
    "reset",
    "linearity",
    "rscd",
    "dark_current",
    "refpix",
    *_TAIL,
)

#: All instruments, calwebb_image2.
IMAGE_ORDER = ("bkg_subtract", "assign_wcs", "flat_field", "photom")

#: The step that takes a background off, for which other exposures are needed: an association names them.
BACKGROUND_STEP = "bkg_subtract"

#: Steps the pipelines leave out unless their parameters, or an association, turn them on.
SKIPPED_BY_DEFAULT = frozenset(
    {
        *("emicorr", "firstframe", "charge_migration", "picture_frame", "clean_flicker_noise", "persistence"),
        BACKGROUND_STEP,
    }
)

#: Steps whose result is no ramp any more.
NO_RAMP_AFTER = frozenset({"ramp_fit", "gain_scale", *IMAGE_ORDER})

#: Reference types that a step takes; steps that take none are absent.
STEP_REFERENCES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "dq_init": ("mask",),
        "emicorr": ("emicorr",),
        "saturation": ("saturation", "superbias"),
        "ipc": ("ipc",),
        "superbias": ("superbias",),
        "refpix": ("refpix", "sirskernel"),
        "rscd": ("rscd",),
        "linearity": ("linearity",),
        "dark_current": ("dark",),
        "reset": ("reset",),
        "jump": ("gain", "readnoise"),
        "picture_frame": ("pictureframe",),
        "clean_flicker_noise": ("flat", "pastasoss"),
        "ramp_fit": ("readnoise", "gain"),
        "gain_scale": ("gain",),
        "bkg_subtract": ("bkg", "wavelengthrange"),
        "assign_wcs": (
            *("distortion", "filteroffset", "specwcs", "regions", "wavelengthrange", "camera", "chromcorr"),
            *("collimator", "disperser", "fore", "fpa", "msa", "ote", "ifupost", "ifufore", "ifuslicer"),
        ),
        "flat_field": ("flat", "fflat", "sflat", "dflat"),
        "photom": ("photom", "area"),
    }
)

#: Header keyword that tells whether a step is done (COMPLETE, SKIPPED or FAILED).
DONE_KEYWORDS: Mapping[str, str] = MappingProxyType(
    {
        "group_scale": "S_GRPSCL",
        "dq_init": "S_DQINIT",
        "emicorr": "S_MIREMI",
        "saturation": "S_SATURA",
        "ipc": "S_IPC",
        "superbias": "S_SUPERB",
        "refpix": "S_REFPIX",
        "rscd": "S_RSCD",
        "firstframe": "S_FRSTFR",
        "lastframe": "S_LASTFR",
        "linearity": "S_LINEAR",
        "dark_current": "S_DARK",
        "reset": "S_RESET",
        "persistence": "S_PERSIS",
        "charge_migration": "S_CHGMIG",
        "jump": "S_JUMP",
        "picture_frame": "S_PCTFRM",
        "clean_flicker_noise": "S_CLNFNS",
        "ramp_fit": "S_RAMP",
        "gain_scale": "S_GANSCL",
        "bkg_subtract": "S_BKDSUB",
        "assign_wcs": "S_WCS",
        "flat_field": "S_FLAT",
        "photom": "S_PHOTOM",
    }
)

#: Further names of steps that the documents use.
ALIASES: Mapping[str, str] = MappingProxyType({"rate": "ramp_fit", "dark": "dark_current"})

#: Suffix of the product after a step, where it is not the name of the step.
_SUFFIXES: Mapping[str, str] = MappingProxyType({"ramp_fit": "rate", "photom": "cal"})
_PER_INTEGRATION = "ints"


def detector_order(instrument: str) -> tuple[str, ...]:
    """Give the steps of calwebb_detector1 for an instrument in the order the pipeline runs them."""
    return MIRI_ORDER if instrument == "MIRI" else NIR_ORDER


def step_order(instrument: str) -> tuple[str, ...]:
    """Give the steps of calwebb_detector1 and then calwebb_image2 in the order the pipelines run them."""
    return (*detector_order(instrument), *IMAGE_ORDER)


def product_suffix(step: str, *, integrations: bool = False) -> str:
    """Give the file-name suffix, without underscore, of the product after ``step``.

    Parameters
    ----------
    step : str
        The step.
    integrations : bool
        Whether images are made for each integration; of ramps that makes no difference.
    """
    return _SUFFIXES.get(step, step) + (_PER_INTEGRATION if integrations and step in NO_RAMP_AFTER else "")
