"""DQ flags of the calibration pipeline by mnemonic (source: ``stdatamodels.jwst.datamodels.dqflags``).

Kept as data so that algorithms need not import stdatamodels; a test compares them with the installed package.
"""

from collections.abc import Mapping
from types import MappingProxyType

_NAMES = [
    "DO_NOT_USE",
    "SATURATED",
    "JUMP_DET",
    "DROPOUT",
    "OUTLIER",
    "PERSISTENCE",
    "AD_FLOOR",
    "CHARGELOSS",
    "RESERVED",
    "NON_SCIENCE",
    "DEAD",
    "HOT",
    "WARM",
    "LOW_QE",
    "RC",
    "TELEGRAPH",
    "NONLINEAR",
    "BAD_REF_PIXEL",
    "NO_FLAT_FIELD",
    "NO_GAIN_VALUE",
    "NO_LIN_CORR",
    "NO_SAT_CHECK",
    "UNRELIABLE_BIAS",
    "UNRELIABLE_DARK",
    "UNRELIABLE_SLOPE",
    "UNRELIABLE_FLAT",
    "OPEN",
    "ADJ_OPEN",
    "FLUX_ESTIMATED",
    "MSA_FAILED_OPEN",
    "OTHER_BAD_PIXEL",
    "REFERENCE_PIXEL",
]
_IN_GROUPS = ("DO_NOT_USE", "SATURATED", "JUMP_DET", "DROPOUT", "PERSISTENCE", "AD_FLOOR", "CHARGELOSS")

#: Flags of single pixels: mnemonic to value, uint32.
PIXEL_DQ: Mapping[str, int] = MappingProxyType({name: 1 << bit for bit, name in enumerate(_NAMES)})

#: Flags of single groups of a ramp: mnemonic to value, uint8.
GROUP_DQ: Mapping[str, int] = MappingProxyType({name: PIXEL_DQ[name] for name in _IN_GROUPS})
