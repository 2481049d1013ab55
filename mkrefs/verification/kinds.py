"""What verification measures: titles, units, definitions, ideals, and which of it speaks for which type."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Kind:
    """One quantity that is measured.

    Attributes
    ----------
    name, title, unit : str
        The unit is empty for ratios and shares.
    explanation : str
        What it is, in a sentence.
    ideal : float or None
        The value that a perfect file gives, if there is one.
    lower_is_better : bool
        Without an ideal: whether less is better. If neither, it is only told, and not judged.
    """

    name: str
    title: str
    unit: str
    explanation: str
    ideal: float | None = None
    lower_is_better: bool = False


_DARKS = (
    Kind(
        "dark_residual",
        "dark residual",
        "DN/s",
        "median slope of the exposure over the pixels; what the dark leaves",
        ideal=0.0,
    ),
    Kind(
        "dark_scatter",
        "scatter of the dark residual",
        "DN/s",
        "robust scatter of the slopes over the pixels",
        lower_is_better=True,
    ),
    Kind(
        "last_group",
        "residual of the last group",
        "DN",
        "median over the pixels of the last minus the first group of the calibrated ramp",
        ideal=0.0,
    ),
    Kind(
        "first_group",
        "residual of the first group",
        "DN",
        "median over the pixels of the first group of the calibrated ramp; what the superbias leaves",
        ideal=0.0,
    ),
    Kind(
        "first_group_scatter",
        "scatter of the first group",
        "DN",
        "robust scatter over the pixels of the first group of the calibrated ramp",
        lower_is_better=True,
    ),
    Kind(
        "slope_noise",
        "noise of slopes against prediction",
        "",
        "robust scatter of slopes over the error that ramp_fit states: of differences between integrations, "
        "or over the pixels if there is one integration",
        ideal=1.0,
    ),
    Kind(
        "cds_noise",
        "CDS noise against prediction",
        "",
        "robust scatter of differences of groups over what the read noise file predicts for each pixel",
        ideal=1.0,
    ),
)
_FLATS = (
    Kind("slope", "slope", "DN/s", "median slope over the pixels"),
    Kind("slope_ratio", "change of slopes", "", "median over the pixels of the slope over the previous one"),
    Kind(
        "photon_transfer",
        "photon noise against prediction",
        "",
        "robust scatter of differences between steps of the ramp over what gain and read noise predict",
        ideal=1.0,
    ),
)


def _of_both(prefix: str, of: str) -> tuple[Kind, ...]:
    return (
        Kind(f"{prefix}jumps", f"jumps in {of}", "", "share of the usable groups that are flagged as jumps"),
        Kind(f"{prefix}flagged", f"flagged in {of}", "", "share of the pixels that are not to be used"),
        Kind(
            f"{prefix}missed_bad_pixels",
            f"bad pixels missed in {of}",
            "",
            "share of the pixels that no flag excludes and whose slope is an outlier by more than 5 sigma",
            lower_is_better=True,
        ),
        Kind(
            f"{prefix}normal_pixels_lost",
            f"normal pixels lost in {of}",
            "",
            "share of the pixels that this file alone excludes and whose slope with the other is no outlier",
            lower_is_better=True,
        ),
    )


#: All kinds by name.
KINDS: Mapping[str, Kind] = MappingProxyType(
    {kind.name: kind for kind in (*_DARKS, *_of_both("", "darks"), *_FLATS, *_of_both("flat_", "flats"))}
)

_JUDGED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "readnoise": ("cds_noise", "slope_noise"),
        "dark": ("dark_residual", "dark_scatter", "last_group", "missed_bad_pixels"),
        "superbias": ("first_group", "first_group_scatter"),
        "gain": ("photon_transfer",),
        "mask": tuple(name for name in KINDS if name.endswith(("missed_bad_pixels", "normal_pixels_lost"))),
    }
)
_JUDGED_ELSE = ("dark_residual", "dark_scatter")


def judged_kinds(reftype: str) -> tuple[str, ...]:
    """Name the measures by which files of a type are judged; all others are told, and not judged."""
    return _JUDGED.get(reftype, _JUDGED_ELSE)
