"""What the compiled loops over pixels are given: thresholds, tables, common noise; what they fill in turn.

They get arrays and plain tuples alone: what is cached of compiled code that takes classes of this package
cannot be read any more when a class changes. And a function that takes an array out of a tuple for each
pixel is several times slower than one that gets it as an argument.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: Places of the numbers: what is closer to the mean in DN than CLOSEST is no outlier; largest number of
#: passes of the rejection; threshold of the search for missed steps in standard deviations, 0 for no search;
#: common variance in DN^2 of a read, and of the level of the first group, and how many degrees of freedom
#: each of these is worth; effective share of the degrees of freedom of differences; variance in DN^2 that the
#: signal collected adds for each DN of it, and the share of that which the difference of two neighbouring
#: groups shows, below 1 where groups are means of several frames.
CLOSEST, ITERATIONS, THRESHOLD, READ_VARIANCE, LEVEL_VARIANCE = range(5)
READ_WORTH, LEVEL_WORTH, SHARE, SHOT, AVERAGING = range(5, 10)
#: Below so many degrees of freedom a variance is too uncertain for the factor d / (d - 2) of its expectation,
#: and has this factor.
LEAST_DOF, MOST_EXCESS = 4, 2.0
#: Images that are filled, in this order: slope in DN per group and its variance; variance of a difference by
#: the pixel's own samples, and its degrees of freedom; chi-square of the integrations' slopes, and its
#: degrees of freedom; integrations in use, and those in which a step was missed; variance of a level by the
#: pixel's own samples, and number of levels.
RATE, RATE_VARIANCE, NOISE, NOISE_DOF, EXCESS, EXCESS_DOF, USED, REJECTED, LEVEL, LEVELS = range(10)
IMAGES = 10

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How ramps are averaged; tables go up to as many differences, or levels, as there can be.

    Attributes
    ----------
    numbers : ndarray of float64
        What the constants of this module name.
    step_limits, level_limits : ndarray of float64
        Largest share that one of n differences, or levels, may have in their sum of squares, by n.
    step_factors, level_factors : ndarray of float64
        What rejection leaves of the standard deviation, by n.
    read_high, level_high : ndarray of float64
        Up to which ratio to the common variance a pixel's own is like the others, by degrees of freedom.
    weights : ndarray of float64, shape (nclasses, ngroups - 1)
        Weights of the differences in a slope, by class of ``ratios``.
    ratios : ndarray of float64, shape (nclasses - 1,)
        Ascending limits of the classes: variance by signal collected over that of a read.
    inverse : ndarray of float64, shape (2, ngroups + 2)
        1 / n, and (n - 1)(2 n - 1) / (6 n), by n.
    line : bool
        Whether the mean ramp is to be a straight line.
    """

    numbers: Vector
    step_limits: Vector
    level_limits: Vector
    step_factors: Vector
    level_factors: Vector
    read_high: Vector
    level_high: Vector
    weights: Vector
    ratios: Vector
    inverse: Vector
    line: bool

    @property
    def tables(self) -> tuple[Vector, ...]:
        """All arrays, in the order in which the compiled loops take them."""
        return (
            *(self.numbers, self.step_limits, self.level_limits, self.step_factors, self.level_factors),
            *(self.read_high, self.level_high, self.weights, self.ratios, self.inverse),
        )
