"""The limits by which a comparison is judged: how much good files of each type differ. Data, no logic."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import inf, sqrt
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of the verdict. From the first of a pair on a file is changed, from the second on suspicious.

    Attributes
    ----------
    sigma : float
        Robust scatters, or errors, from which on a single value counts as changed.
    level : float
        Where the previous values lie further from 0 than this many of their robust scatters, the ratio tells
        of their scale.
    tight : float
        The ratio does so too where its robust scatter is less than this share of its median; elsewhere the
        difference tells of the level.
    scale : tuple of float
        Median ratio, less 1.
    shift : tuple of float
        Median difference, in robust scatters of the previous values.
    noise : tuple of float
        Ratio of the robust scatters of the values of the two files, or its inverse.
    pull : float
        Median difference in errors, from which on a file is changed.
    pull_scatter : float
        Scatter of the differences in errors, from which on a file is changed.
    outliers : float
        Share of the values that changed singly, from which on a file is changed.
    lost : tuple of float
        Share of the values that are finite no longer.
    correlation : float
        Correlation of the values from pixel to pixel, below which a file is changed; of types whose files
        show the same pixels as standing out.
    pattern : tuple of float
        Level of rows, columns or outputs against one another, in robust scatters of the difference.
    orientation : float
        Suspicious: turning the previous plane lowers the scatter of the difference to less than this share.
    excluded : float
        Share of the pixels whose exclusion changed, from which on a file is changed.
    excluded_factor : float
        Suspicious: the number of excluded pixels changed by more than this factor, and by ``excluded``.
    excluded_first : float
        Suspicious, where no pixel was excluded before: share of the pixels that are excluded.
    reflagged : float
        Share of the pixels that changed flags, from which on a file is changed.
    vanished : int
        Suspicious: none is left of at least so many pixels with a flag.
    few : tuple of float
        For kernels and tables: largest change, relative to the largest previous value.
    fewest : int
        Arrays with fewer values count as kernels.
    """

    sigma: float = 5.0
    level: float = 2.0
    tight: float = 0.5
    scale: tuple[float, float] = (0.03, 0.2)
    shift: tuple[float, float] = (0.5, 10.0)
    noise: tuple[float, float] = (1.5, 5.0)
    pull: float = 0.5
    pull_scatter: float = 2.0
    outliers: float = 0.03
    lost: tuple[float, float] = (0.001, 0.05)
    correlation: float = -1.0
    pattern: tuple[float, float] = (0.3, 3.0)
    orientation: float = 0.7
    excluded: float = 0.005
    excluded_factor: float = 3.0
    excluded_first: float = 0.05
    reflagged: float = 0.02
    vanished: int = 20
    few: tuple[float, float] = (0.01, 0.2)
    fewest: int = 50


_USUAL = Limits()
#: Limits by reference type, where they are not the usual ones.
BY_TYPE: Mapping[str, Limits] = MappingProxyType(
    {
        "flat": replace(_USUAL, scale=(0.01, 0.1), correlation=0.2),
        "gain": replace(_USUAL, scale=(0.03, 0.15)),
        "linearity": replace(_USUAL, scale=(0.005, 0.05)),
        "readnoise": replace(_USUAL, scale=(0.05, 0.25), correlation=0.2),
        "superbias": replace(_USUAL, scale=(0.005, 0.1), correlation=0.2),
    }
)
#: The arrays of the types that may hold others beside them; of types that are not named all arrays count.
USED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "dark": ("SCI", "ERR", "AVDRKCUR"),
        "gain": ("SCI", "ERR"),
        "linearity": ("COEFFS",),
        "mask": (),
        "readnoise": ("SCI", "ERR"),
        "saturation": ("SCI",),
        "superbias": ("SCI", "ERR"),
    }
)
#: Limits of errors, of any type: they follow the number of exposures, and nothing of them is suspicious.
OF_ERRORS = replace(
    _USUAL, scale=(0.3, inf), shift=(0.5, inf), noise=(3.0, inf), outliers=0.1, pattern=(0.3, inf)
)


@dataclass(frozen=True, slots=True)
class Mistake:
    """A well-known mistake.

    Attributes
    ----------
    factor : float
        What the ratio of a wrong file and a right one is.
    what : str
        The question to ask.
    """

    factor: float
    what: str


#: How near the median ratio, or its inverse, must lie to the factor of a mistake, relative to it.
NEARNESS = 0.04
#: Mistakes by reference type.
MISTAKES: Mapping[str, tuple[Mistake, ...]] = MappingProxyType(
    {
        "readnoise": (
            Mistake(sqrt(2), "the noise of a CDS pair against that of a single read"),
            Mistake(2.0, "the noise of the difference of two CDS pairs against that of a single read"),
        ),
        "gain": (Mistake(2.0, "the variance of a difference of two frames that was not halved"),),
    }
)
#: Types in DN: their ratio is like a gain where one of the files is in electrons.
IN_DN = ("readnoise", "superbias", "saturation", "dark")
#: Usual gains by instrument, in electrons/DN; of NIRSpec they are too near 1 to tell.
GAINS: Mapping[str, tuple[float, float]] = MappingProxyType(
    {"NIRCAM": (1.7, 2.4), "NIRISS": (1.5, 1.9), "FGS": (1.5, 2.3), "MIRI": (2.8, 6.0)}
)


def limits_for(reftype: str, array: str) -> Limits:
    """Give the limits for an array of a type."""
    return OF_ERRORS if base_name(array) == "ERR" else BY_TYPE.get(reftype, _USUAL)


def base_name(array: str) -> str:
    """Give the name of the array that a plane is of, such as SCI for ``SCI_LAST``."""
    return array.partition("_")[0]


def is_used(reftype: str, array: str) -> bool:
    """Tell whether an array, or a plane of it, counts for the verdict: whether it is a part of the type.

    Other arrays, such as numbers of samples, follow the exposures that a file was made from.
    """
    return reftype not in USED or base_name(array) in USED[reftype]
