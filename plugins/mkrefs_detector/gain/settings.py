"""The choices of a gain measurement, as one value; no default depends on a file or an instrument."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GainSettings:
    """How the gain is taken from flats and darks.

    Attributes
    ----------
    num_boxes : int
        Largest number of boxes along each axis of the array.
    boxsize : int or None
        Side of a box in pixels; in place of ``num_boxes``.
    box_error : float
        Relative error above which boxes are made fewer than ``num_boxes``; 0 keeps the number.
    max_signal : float
        Mean signal of a box in DN up to which its groups are used.
    first_group, last_group : int or None
        Groups used, numbered from 0, the last one included; None for no limit.
    clipping_sigma : float
        Threshold of the rejection of outliers, in standard deviations.
    missed_hits : bool
        Take off what hits below that threshold add to the variance.
    sums : bool
        Use the sums of two exposures besides their differences. Where a dark was taken off, its noise is in
        all sums, and the less in those of the exposures it was made from.
    ipc, brighter_fatter, nonlinearity : bool
        Correct for it.
    min_fraction : float
        Share of the pixels that a box must be measured with.
    max_error : float
        Largest relative error of a box.
    smooth : bool
        Smooth the boxes as far as their errors allow.
    """

    num_boxes: int = 16
    boxsize: int | None = None
    box_error: float = 0.015
    max_signal: float = 20000.0
    first_group: int = 0
    last_group: int | None = None
    clipping_sigma: float = 3.5
    missed_hits: bool = True
    sums: bool = True
    ipc: bool = True
    brighter_fatter: bool = True
    nonlinearity: bool = True
    min_fraction: float = 0.25
    max_error: float = 0.1
    smooth: bool = True
