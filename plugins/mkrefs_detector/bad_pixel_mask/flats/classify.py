"""Which class each pixel of a normalised flat belongs to, by all criteria together."""

from dataclasses import dataclass
from functools import partial

import numpy as np

from mkrefs_detector.bad_pixel_mask.flats.criteria import (
    CORNERS,
    SIDES,
    FloatMap,
    Ordinary,
    adjacent,
    below,
    between,
    bright_neighbours,
    count_adjacent,
    each_neighbour_above,
    far_below,
)
from mkrefs_detector.bad_pixel_mask.flats.settings import FlatSettings
from mkrefs_detector.bad_pixel_mask.search import BoolMap


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Rates relative to the level around each pixel.

    Attributes
    ----------
    value, errors : ndarray of float64, shape (nrows, ncols)
        Relative rates and their standard errors.
    ordinary : Ordinary
        What ordinary pixels are like.
    """

    value: FloatMap
    errors: FloatMap
    ordinary: Ordinary


@dataclass(frozen=True, slots=True)
class Judgement:
    """What can be judged of an array.

    Attributes
    ----------
    value : ndarray of float64, shape (nrows, ncols)
        Normalised rates.
    light : ndarray of bool, same shape
        Light-sensitive pixels.
    for_dead, for_low : ndarray of bool, same shape
        Pixels known well enough to say whether they are dead, and whether their response is low.
    ordinary : Ordinary
        What ordinary pixels are like.
    around : Surroundings
        The same relative to the level around each pixel, by which neighbours are judged.
    dead_limit : float
        Largest normalised signal of a dead pixel.
    """

    value: FloatMap
    light: BoolMap
    for_dead: BoolMap
    for_low: BoolMap
    ordinary: Ordinary
    around: Surroundings
    dead_limit: float


@dataclass(frozen=True, slots=True)
class Classes:
    """The classes as maps of shape (nrows, ncols).

    Attributes
    ----------
    dead, low_qe, open, adjacent_open : ndarray of bool
        Pixels of the classes.
    unclassified : ndarray of bool
        Pixels far below the mean that no class describes: their response is above that of low quantum
        efficiency.
    """

    dead: BoolMap
    low_qe: BoolMap
    open: BoolMap
    adjacent_open: BoolMap
    unclassified: BoolMap


def classify(judged: Judgement, settings: FlatSettings, *, find_open: bool = True) -> Classes:
    """Tell the class of each pixel.

    A pixel of low response is OPEN if its neighbours are brighter than ordinary pixels, else DEAD if it has
    no response, else LOW_QE; what lies beside an OPEN pixel and is none of these is ADJ_OPEN. With
    ``exclusive_classes`` false the classes are those of the documented method, which overlap.

    Parameters
    ----------
    judged : Judgement
        The array.
    settings : FlatSettings
        Limits and rules.
    find_open : bool
        Whether neighbours can be judged; if not, no pixel is OPEN.

    Returns
    -------
    Classes
    """
    far = far_below(judged.value, judged.ordinary, sigma=settings.dead_sigma_threshold)
    nothing = below(judged.value, limit=judged.dead_limit)
    by_sigma = settings.dead_search_type == "sigma_rate"
    low = judged.for_low & below(judged.value, limit=settings.max_low_qe_norm_signal)
    if not settings.exclusive_classes:
        return _documented(judged, settings, far if by_sigma else nothing, find_open=find_open)
    dead = judged.for_dead & nothing
    if by_sigma:
        dead = dead & far
    lost = _open_pixels(judged, settings, dead | low) if find_open else np.zeros_like(low)
    dead = dead & ~lost
    low_qe = low & ~nothing & ~lost
    beside = _adjacent_pixels(judged, settings, lost, dead | low) & ~(dead | low_qe | lost)
    unclassified = judged.for_low & far & ~(dead | low_qe | lost | beside)
    return Classes(dead, low_qe, lost, beside, unclassified)


def _documented(judged: Judgement, settings: FlatSettings, dead: BoolMap, *, find_open: bool) -> Classes:
    """Classify as documented: dead pixels by rate alone, low ones apart from that."""
    low = judged.for_low & between(judged.value, low=judged.dead_limit, high=settings.max_low_qe_norm_signal)
    lost = _open_pixels(judged, settings, low) if find_open else np.zeros_like(low)
    beside = _adjacent_pixels(judged, settings, lost, low)
    return Classes(judged.for_dead & dead, low & ~lost, lost, beside, np.zeros_like(low))


def _open_pixels(judged: Judgement, settings: FlatSettings, low: BoolMap) -> BoolMap:
    limit = settings.max_open_adj_norm_signal
    if settings.open_test == "each":
        return each_neighbour_above(judged.value, low, judged.for_low, limit=limit)
    around, telling = judged.around, _telling(judged, low)
    test = partial(bright_neighbours, around.value, around.errors, ordinary=around.ordinary, limit=limit)
    found = test(low, telling)
    # What lies beside two of them may be bright because of the other one.
    alone = telling & (count_adjacent(found, SIDES + CORNERS) < 2)
    enough = adjacent(alone, SIDES)
    return test(found & enough, alone) | (found & ~enough)


def _adjacent_pixels(judged: Judgement, settings: FlatSettings, lost: BoolMap, low: BoolMap) -> BoolMap:
    """Mark what lies beside open pixels: at their sides, and at their corners if these are bright too."""
    beside = adjacent(lost, SIDES)
    if settings.adjacent_open == "all":
        beside |= adjacent(lost, CORNERS)
    elif settings.adjacent_open == "tested":
        wide = bright_neighbours(
            judged.around.value,
            judged.around.errors,
            lost,
            _telling(judged, low) & ~beside,
            ordinary=judged.around.ordinary,
            limit=settings.max_open_adj_norm_signal,
            offsets=CORNERS,
        )
        beside |= adjacent(wide, CORNERS)
    return beside & judged.light


def _telling(judged: Judgement, low: BoolMap) -> BoolMap:
    """Mark the pixels that tell as neighbours: known, and of no low response themselves."""
    return np.asarray(judged.for_low & ~low & np.isfinite(judged.around.value))
