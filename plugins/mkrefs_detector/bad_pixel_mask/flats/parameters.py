"""The parameters of the label `badpix_from_flats`; names and defaults are the documented ones."""

from collections.abc import Mapping, Sequence

from pydantic import field_validator, model_validator

from mkrefs.api import parameter
from mkrefs_detector.bad_pixel_mask.flats.settings import (
    CLASSES,
    AdjacentOpen,
    DeadSearchType,
    FlatSettings,
    Normalization,
    OpenTest,
    Signal,
    SmoothingType,
)
from mkrefs_detector.bad_pixel_mask.parameters import (
    MaskParameters,
    check_do_not_use,
    check_flag_values,
    none_in_words,
    one_as_list,
)
from mkrefs_detector.bad_pixel_mask.search import Policy

#: Parameters that may be null, and where the word none says so too.
NULLS = ("max_dead_norm_signal", "dead_flux_check_files", "smoothing_sigma")


def has_a_middle(width: int) -> int:
    """Refuse boxes of an even width."""
    if width % 2 == 0:
        raise ValueError(f"must be odd, so that the box has a pixel in its middle, not {width}")
    return width


class FlatsParameters(MaskParameters):
    """What the section of a label of masks from flats may set."""

    dead_search: bool = parameter(True, "Search DEAD pixels.")
    low_qe_and_open_search: bool = parameter(True, "Search LOW_QE, OPEN and ADJ_OPEN pixels.")
    dead_search_type: DeadSearchType = parameter(
        "sigma_rate",
        "How dead pixels are found: 'sigma_rate', signals below the mean by dead_sigma_threshold standard "
        "deviations, and with exclusive_classes also below max_dead_norm_signal; 'absolute_rate', signals "
        "below max_dead_norm_signal.",
    )
    sigma_threshold: float = parameter(
        3.0,
        "Threshold of the clips: of the samples of a pixel, and of the pixels of the detector.",
        unit="sigma",
        gt=0,
    )
    normalization_method: Normalization = parameter(
        "smoothed",
        "What the mean image is divided by: 'smoothed', itself smoothed; 'mean', its clipped mean; 'fit2d', "
        "a polynomial surface; 'none', nothing: limits are then in DN/s.",
    )
    smoothing_box_width: int = parameter(
        15, "Width of the box that the mean image is smoothed over, an odd number.", unit="pixel", ge=3
    )
    smoothing_type: SmoothingType = parameter(
        "Box2D", "How it is smoothed: 'Box2D', the mean of the box; 'Median', its median."
    )
    smoothing_sigma: float | None = parameter(
        3.0,
        "Pixels that differ from the level around them by more standard deviations do not count in the "
        "boxes; null counts all, as documented.",
        unit="sigma",
        gt=0,
    )
    fit_degree: int = parameter(2, "Degree of the polynomial surface of 'fit2d'.", ge=0, le=10)
    dead_sigma_threshold: float = parameter(
        5.0,
        "Standard deviations below the mean from which on a signal is that of a dead pixel ('sigma_rate').",
        unit="sigma",
        gt=0,
    )
    max_dead_norm_signal: float | None = parameter(
        None,
        "Normalised signal below which a pixel has no response; null takes 0.05, or with "
        "normalization_method 'none' that of the NIRCam detector, 25 to 50 DN/s.",
    )
    run_dead_flux_check: bool = parameter(
        False, "Check dead pixels in the raw exposures: those that saturate at once are not dead."
    )
    dead_flux_check_files: tuple[str, ...] | None = parameter(
        None, "Raw exposures of the inputs that the check looks at; null takes all."
    )
    flux_check: float = parameter(
        45000.0,
        "Mean raw signal of the last four groups above which a pixel is not dead.",
        unit="DN",
    )
    max_low_qe_norm_signal: float = parameter(
        0.5, "Normalised signal below which a pixel is LOW_QE, if it is not DEAD or OPEN."
    )
    max_open_adj_norm_signal: float = parameter(
        1.05, "Normalised signal that the neighbours of a low pixel reach if it is OPEN."
    )
    manual_flag_file: str | None = parameter(
        "default",
        "List of pixels to flag besides: a text file with columns, rows and flag; 'default' takes that of "
        "the detector, null none.",
    )
    do_not_use: tuple[str, ...] = parameter(
        [], "Classes or flags whose pixels are also DO_NOT_USE, such as [DEAD, LOW_QE]."
    )
    flag_values: dict[str, tuple[str, ...]] = parameter(
        {name: [name] for name in CLASSES},
        "DQ flags of each class; a class that is not named keeps its own.",
    )
    signal: Signal = parameter(
        "slope",
        "What is measured: 'slope', the slope of each integration; 'tenth_group', the signal from the first "
        "to the tenth group, or the last, as documented for MIRI.",
    )
    exclusive_classes: bool = parameter(
        True, "Whether a pixel is in one class at most; false gives the documented classes, which overlap."
    )
    open_test: OpenTest = parameter(
        "mean",
        "Which neighbours of an OPEN pixel reach the limit: 'mean', their mean within its error; 'each', "
        "every one, as documented.",
    )
    adjacent_open: AdjacentOpen = parameter(
        "tested",
        "What is ADJ_OPEN: 'tested', the four pixels at the sides, and those at the corners where they are "
        "bright too; 'sides', the four; 'all', all eight, as documented.",
    )
    min_integrations: int = parameter(2, "Integrations with light that are needed to search at all.", ge=1)
    min_fraction: float = parameter(
        0.25, "Share of the integrations in which a pixel must have a slope to be judged.", ge=0, le=1
    )

    _lists = field_validator("dead_flux_check_files", "do_not_use", mode="before")(one_as_list)
    _nulls = field_validator(*NULLS, mode="before")(none_in_words)
    _middle = field_validator("smoothing_box_width")(has_a_middle)

    @field_validator("do_not_use")
    @classmethod
    def _known_names(cls, value: Sequence[str]) -> tuple[str, ...]:
        return check_do_not_use(value, CLASSES)

    @field_validator("flag_values")
    @classmethod
    def _known_flags(cls, value: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
        given = check_flag_values({name.upper(): flags for name, flags in value.items()}, CLASSES)
        return {name: given.get(name, (name,)) for name in CLASSES}

    @model_validator(mode="after")
    def _searches_something(self) -> "FlatsParameters":
        if not (self.dead_search or self.low_qe_and_open_search):
            raise ValueError("dead_search and low_qe_and_open_search are both false: nothing is searched")
        return self

    def policy(self) -> Policy:
        """Give the flags of the classes."""
        return Policy(self.flag_values, self.do_not_use, self.keep_unknown)

    def settings(self) -> FlatSettings:
        """Give the choices of the search."""
        names = FlatSettings.__dataclass_fields__
        return FlatSettings(**{name: getattr(self, name) for name in names})
