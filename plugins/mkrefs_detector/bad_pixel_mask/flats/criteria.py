"""The criteria by which a pixel is bad in flats, one function each; pure functions on normalised rates."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mkrefs_detector.bad_pixel_mask.search import BoolMap

FloatMap = NDArray[np.float64]
Offsets = tuple[tuple[int, int], ...]
#: Rows and columns from a pixel to the four that share a side with it, and to the four that share a corner.
SIDES: Offsets = ((1, 0), (-1, 0), (0, 1), (0, -1))
CORNERS: Offsets = ((1, 1), (1, -1), (-1, 1), (-1, -1))

# Neighbours must be above ordinary pixels by so many standard errors of their mean,
_ABOVE_ORDINARY = 3.0
# and not below the limit by more than so many, nor one of them by more than so many of its own.
_BELOW_LIMIT, _ONE_BELOW_LIMIT = 2.0, 3.0
# Without the brightest of them, which may be so for a reason of its own, so many still, and without two.
_REST_ABOVE_ORDINARY = (2.0, 1.0)
# No neighbour is brighter by what an open pixel loses than two such pixels could make it.
_BRIGHTEST = 1.75
# A neighbour that is below ordinary pixels by more deviations is low itself, and tells nothing.
_LOW = 5.0


@dataclass(frozen=True, slots=True)
class Ordinary:
    """What ordinary pixels of a normalised image are like.

    Attributes
    ----------
    mean, deviation : float
        Mean and standard deviation from pixel to pixel, noise included.
    noise : float
        The part of the deviation that is noise: the median standard error of a pixel.
    """

    mean: float
    deviation: float
    noise: float

    def spread(self, errors: FloatMap) -> FloatMap:
        """Give the deviation to expect of pixels with these errors."""
        true = max(self.deviation**2 - self.noise**2, 0.0)
        return np.asarray(np.sqrt(true + np.where(np.isfinite(errors), errors, self.noise) ** 2))


def far_below(value: FloatMap, ordinary: Ordinary, *, sigma: float) -> BoolMap:
    """Mark pixels below the mean by more than ``sigma`` standard deviations: the search ``sigma_rate``."""
    return np.asarray(value < ordinary.mean - sigma * ordinary.deviation)


def below(value: FloatMap, *, limit: float) -> BoolMap:
    """Mark pixels of a smaller value than a limit: the search ``absolute_rate``."""
    return np.asarray(value < limit)


def between(value: FloatMap, *, low: float, high: float) -> BoolMap:
    """Mark pixels from one limit up to, not including, another: the range of low quantum efficiency."""
    return np.asarray((value >= low) & (value < high))


def bright_neighbours(
    value: FloatMap,
    errors: FloatMap,
    candidates: BoolMap,
    informative: BoolMap,
    *,
    ordinary: Ordinary,
    limit: float,
    offsets: Offsets = SIDES,
) -> BoolMap:
    """Mark candidates whose neighbours collect the charge that the candidate loses.

    The mean of the neighbours must be above ordinary pixels beyond its error, also without the brightest
    one or two, which may be hot, and reach the limit within its error; none of them may be clearly below the
    limit.

    Parameters
    ----------
    value, errors : ndarray of float64, shape (nrows, ncols)
        Normalised rates and their standard errors.
    candidates : ndarray of bool, same shape
        Pixels of low response.
    informative : ndarray of bool, same shape
        Pixels that tell as neighbours: those that are good themselves.
    ordinary : Ordinary
        What ordinary pixels are like.
    limit : float
        Normalised signal that the neighbours of an open pixel reach.
    offsets : tuple of (int, int)
        Which neighbours.

    Returns
    -------
    ndarray of bool, shape (nrows, ncols)
        Candidates without a neighbour that tells are not marked.
    """
    places = np.argwhere(candidates)
    around, spread = _neighbours(value, errors, informative, places, ordinary, offsets)
    tells = np.isfinite(around)
    enough = tells.any(axis=1)
    clear = ~(around < limit - _ONE_BELOW_LIMIT * spread).any(axis=1)
    mean, error = _mean_of(around, spread, tells)
    high = (mean > ordinary.mean + _ABOVE_ORDINARY * error) & (mean > limit - _BELOW_LIMIT * error)
    for least in _REST_ABOVE_ORDINARY:
        tells = _without_brightest(around, tells)
        rest, error = _mean_of(around, spread, tells)
        high &= (rest > ordinary.mean + least * error) | (tells.sum(axis=1) < 1)
    return _marked(places[enough & clear & high], value.shape)


def each_neighbour_above(
    value: FloatMap, candidates: BoolMap, known: BoolMap, *, limit: float, offsets: Offsets = SIDES
) -> BoolMap:
    """Mark candidates of whose neighbours each is above a limit: the documented rule.

    Parameters
    ----------
    value : ndarray of float64, shape (nrows, ncols)
        Normalised rates.
    candidates, known : ndarray of bool, same shape
        Pixels of low response; pixels that have a rate.
    limit : float
        Normalised signal.
    offsets : tuple of (int, int)
        Which neighbours.

    Returns
    -------
    ndarray of bool, shape (nrows, ncols)
        Candidates without any neighbour that has a rate are not marked.
    """
    places = np.argwhere(candidates)
    around = _values_at(np.where(known, value, np.nan), places, offsets)
    some = np.isfinite(around).any(axis=1)
    return _marked(places[some & ~(around <= limit).any(axis=1)], value.shape)


def adjacent(pixels: BoolMap, offsets: Offsets) -> BoolMap:
    """Mark the neighbours of marked pixels, as far as they lie on the array."""
    return count_adjacent(pixels, offsets) > 0


def count_adjacent(pixels: BoolMap, offsets: Offsets) -> NDArray[np.uint8]:
    """Count the marked pixels among the neighbours of each pixel."""
    count = np.zeros(pixels.shape, dtype=np.uint8)
    for down, right in offsets:
        to, origin = _overlap(down), _overlap(-down)
        across, back = _overlap(right), _overlap(-right)
        count[to, across] += pixels[origin, back]
    return count


def _overlap(offset: int) -> slice:
    """Give what stays on the array of an axis when everything on it moves by an offset."""
    return slice(offset, None) if offset >= 0 else slice(None, offset)


def _neighbours(
    value: FloatMap,
    errors: FloatMap,
    informative: BoolMap,
    places: NDArray[np.intp],
    ordinary: Ordinary,
    offsets: Offsets,
) -> tuple[FloatMap, FloatMap]:
    """Give values and deviations of each candidate's neighbours; NaN for those that tell nothing."""
    usable = informative & (value < _BRIGHTEST * ordinary.mean)
    around = _values_at(np.where(usable, value, np.nan), places, offsets)
    spread = ordinary.spread(_values_at(errors, places, offsets))
    around[around < ordinary.mean - _LOW * spread] = np.nan
    return around, spread


def _values_at(image: FloatMap, places: NDArray[np.intp], offsets: Offsets) -> FloatMap:
    """Give an image's values at the neighbours of places, shape (nplaces, noffsets); NaN beyond its edges."""
    down, right = np.array(offsets).T
    rows, columns = places[:, :1] + down, places[:, 1:] + right
    nrows, ncols = image.shape
    inside = (rows >= 0) & (rows < nrows) & (columns >= 0) & (columns < ncols)
    values = image[np.where(inside, rows, 0), np.where(inside, columns, 0)]
    return np.where(inside, values, np.nan)


def _mean_of(around: FloatMap, spread: FloatMap, used: BoolMap) -> tuple[FloatMap, FloatMap]:
    """Give the mean of each row's values that are used, and its standard error."""
    n = np.maximum(used.sum(axis=1), 1)
    mean = np.where(used, around, 0.0).sum(axis=1) / n
    return mean, np.sqrt(np.where(used, spread**2, 0.0).sum(axis=1)) / n


def _without_brightest(around: FloatMap, used: BoolMap) -> BoolMap:
    """Unmark the highest of the marked values of each row."""
    left = used.copy()
    if len(around):
        left[np.arange(len(around)), np.where(used, around, -np.inf).argmax(axis=1)] = False
    return left


def _marked(places: NDArray[np.intp], shape: tuple[int, ...]) -> BoolMap:
    marked = np.zeros(shape, dtype=np.bool_)
    marked[tuple(places.T)] = True
    return marked
