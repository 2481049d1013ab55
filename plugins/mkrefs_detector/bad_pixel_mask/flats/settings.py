"""The choices of a search in flats, as one frozen value; parameters of creators become it."""

from dataclasses import dataclass
from typing import Literal

DeadSearchType = Literal["sigma_rate", "absolute_rate"]
Normalization = Literal["smoothed", "none", "mean", "fit2d"]
SmoothingType = Literal["Box2D", "Median"]
Signal = Literal["slope", "tenth_group"]
OpenTest = Literal["mean", "each"]
AdjacentOpen = Literal["tested", "sides", "all"]

#: The classes of the search, which are also the flags they get by default.
CLASSES = ("DEAD", "LOW_QE", "OPEN", "ADJ_OPEN")


@dataclass(frozen=True, slots=True, kw_only=True)
class FlatSettings:
    """How bad pixels are searched in flats; names and defaults are those of the label `badpix_from_flats`.

    Attributes
    ----------
    dead_search, low_qe_and_open_search : bool
        Which classes are wanted.
    dead_search_type : str
        ``sigma_rate`` or ``absolute_rate``.
    sigma_threshold : float
        Of the clips: of a pixel's samples, and of the detector.
    normalization_method, smoothing_box_width, smoothing_type, smoothing_sigma, fit_degree
        What rates are divided by.
    dead_sigma_threshold, max_dead_norm_signal, max_low_qe_norm_signal, max_open_adj_norm_signal
        Limits of the classes; ``max_dead_norm_signal`` None takes that of the detector.
    run_dead_flux_check, dead_flux_check_files, flux_check
        The check of dead pixels by raw signals.
    signal : str
        ``slope``, or ``tenth_group``: the tenth group less the first.
    exclusive_classes : bool
        Whether a pixel is in one class at most.
    open_test : str
        Whether the ``mean`` of an open pixel's neighbours is compared with the limit, or ``each``.
    adjacent_open : str
        ``tested``: four neighbours, those at the corners if bright; ``sides``: four; ``all``: eight.
    min_integrations : int
        Integrations with light that are needed.
    min_fraction : float
        Share of them in which a pixel must have a slope.
    """

    dead_search: bool = True
    low_qe_and_open_search: bool = True
    dead_search_type: DeadSearchType = "sigma_rate"
    sigma_threshold: float = 3.0
    normalization_method: Normalization = "smoothed"
    smoothing_box_width: int = 15
    smoothing_type: SmoothingType = "Box2D"
    smoothing_sigma: float | None = 3.0
    fit_degree: int = 2
    dead_sigma_threshold: float = 5.0
    max_dead_norm_signal: float | None = None
    run_dead_flux_check: bool = False
    dead_flux_check_files: tuple[str, ...] | None = None
    flux_check: float = 45000.0
    max_low_qe_norm_signal: float = 0.5
    max_open_adj_norm_signal: float = 1.05
    signal: Signal = "slope"
    exclusive_classes: bool = True
    open_test: OpenTest = "mean"
    adjacent_open: AdjacentOpen = "tested"
    min_integrations: int = 2
    min_fraction: float = 0.25

    @property
    def wanted(self) -> tuple[str, ...]:
        """The classes to search."""
        return CLASSES[: self.dead_search] + CLASSES[1:] * self.low_qe_and_open_search
