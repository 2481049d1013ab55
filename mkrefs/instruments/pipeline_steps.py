"""The steps of calwebb_detector1 as data: order by instrument, done-keywords, names in the documents.

The order is that of ``Detector1Pipeline.process()`` of jwst 3.0; a test compares it with what is installed.
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

#: Near-infrared detectors.
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

#: MIRI.
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

#: Steps the pipeline leaves out unless its parameters turn them on.
SKIPPED_BY_DEFAULT = frozenset(
    {"emicorr", "firstframe", "charge_migration", "picture_frame", "clean_flicker_noise", "persistence"}
)

#: Steps whose result is no ramp any more.
NO_RAMP_AFTER = frozenset({"ramp_fit", "gain_scale"})

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
    }
)

#: Further names of steps that the documents use.
ALIASES: Mapping[str, str] = MappingProxyType({"rate": "ramp_fit", "dark": "dark_current"})

#: Suffix of the product after a step, where it is not the name of the step.
_SUFFIXES: Mapping[str, str] = MappingProxyType({"ramp_fit": "rate", "gain_scale": "gain_scale"})


def step_order(instrument: str) -> tuple[str, ...]:
    """Give the steps of an instrument in the order the pipeline runs them."""
    return MIRI_ORDER if instrument == "MIRI" else NIR_ORDER


def product_suffix(step: str) -> str:
    """Give the file-name suffix, without underscore, of the product after ``step``."""
    return _SUFFIXES.get(step, step)
