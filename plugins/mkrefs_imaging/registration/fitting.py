"""The offset between an image and a template by least squares, in float64, robust to what differs."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mkrefs_imaging.registration.equations import Equations, image_slopes
from mkrefs_imaging.registration.filling import fill_bad
from mkrefs_imaging.registration.moving import covered
from mkrefs_imaging.registration.shifting import shift_image
from mkrefs_imaging.registration.weighting import relevance, robust_weights

_PASSES = 40
_REWEIGHTED = 12  # passes that judge the pixels anew; then all stays, so that the fit settles
_SETTLED, _NEARLY = 1e-5, 1e-3  # pixels: steps at which the fit ends, and with which it may end
_STILL = 0.1  # standard errors: steps with which it may end too
_STEP = 0.7  # longest step, pixels
_SLACK_AT_FIRST, _SLACK = 0.3, 0.05  # pixels: what no residual is called an outlier for
_FEWEST = 30  # usable pixels
_BAD_SHARE = 0.1  # of a pixel of the template, for it not to be compared


@dataclass(frozen=True, slots=True)
class FitSettings:
    """How offsets are fitted.

    Attributes
    ----------
    limit : float
        Farthest offset from the one the fit starts at, pixels.
    largest_error : float
        Standard error of an offset from which on the fit has failed, pixels.
    """

    limit: float = 2.0
    largest_error: float = 0.1


@dataclass(frozen=True, slots=True)
class Offset:
    """What was fitted.

    Attributes
    ----------
    x, y : float
        Displacement of the image from the template, pixels.
    error_x, error_y : float
        Their standard errors, from the residuals.
    scale, level : float
        Brightness of the image in units of the template's, and what it has beside.
    problem : str
        Why the offset cannot be trusted; empty if it can.
    """

    x: float
    y: float
    error_x: float = np.nan
    error_y: float = np.nan
    scale: float = 1.0
    level: float = 0.0
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Plane:
    """An image with what is no data in it.

    Attributes
    ----------
    data : ndarray of float64, shape (nrows, ncols)
        Values.
    bad : ndarray of bool, same shape
        Pixels whose values are not looked at.
    """

    data: NDArray[np.float64]
    bad: NDArray[np.bool_]


class _NothingToFit(Exception):  # noqa: N818  # never leaves this module
    """Why a fit was given up."""


def fit_offset(
    image: Plane,
    template: Plane,
    *,
    weights: NDArray[np.float64] | None = None,
    start: tuple[float, float] = (0.0, 0.0),
    scale: float = 1.0,
    settings: FitSettings,
) -> Offset:
    """Fit ``image(x, y) = scale * template(x - dx, y - dy) + level``.

    The equations are solved with a smoothed template as instrument, so that noise in the template makes
    neither offset nor brightness too small. Pixels count by the scatter of others as bright, outliers not
    at all.

    Parameters
    ----------
    image, template : Plane
        What is compared; of one shape.
    weights : ndarray of float64, same shape, or None
        How much pixels of the image count: zero for not at all.
    start : (float, float)
        Offset along x and y to begin at.
    scale : float
        Brightness to begin at.
    settings : FitSettings
        How.

    Returns
    -------
    Offset
        With a ``problem``, and where it began, if there is no good one.
    """
    counts = np.where(image.bad, 0.0, 1.0 if weights is None else weights)
    fit = _Fit(fill_bad(image.data, image.bad), counts, template, settings)
    try:
        return fit.run(start, scale)
    except _NothingToFit as reason:
        return Offset(*start, problem=str(reason))


class _Fit:
    """One fit in progress."""

    def __init__(
        self,
        data: NDArray[np.float64],
        counts: NDArray[np.float64],
        template: Plane,
        settings: FitSettings,
    ) -> None:
        self._data, self._counts, self._settings = data, counts, settings
        self._template, self._template_bad = fill_bad(template.data, template.bad), template.bad
        self._slopes = image_slopes(data)
        self._usable = counts > 0
        self._weights = np.empty(0)

    def run(self, start: tuple[float, float], scale: float) -> Offset:
        """Take steps until they are short."""
        place = np.array(start, dtype=np.float64)
        change = np.array([np.inf, np.inf])
        brightness: tuple[float, float] | None = None
        for step in range(_PASSES):
            equations = self._equations(place, judge=step < _REWEIGHTED)
            brightness = brightness or equations.level_at(scale)
            if step < _REWEIGHTED:
                reliable = robust_weights(
                    equations.residuals(*brightness),
                    equations.smooth,
                    abs(brightness[0]) * equations.steepness,
                    self._usable,
                    slack=max(_SLACK_AT_FIRST * 0.7**step, _SLACK),
                )
                relevant = relevance(equations.steepness, self._usable)
                self._weights = self._counts[self._usable] * reliable * relevant
            change, brightness = equations.solve(self._weights)
            change *= min(1.0, _STEP / max(float(np.hypot(*change)), 1e-300))
            place = place + change
            self._check_place(place, start)
            if step >= _REWEIGHTED and np.hypot(*change) < _SETTLED:
                break
        return self._judged(place, change, brightness)

    def _equations(self, place: NDArray[np.float64], *, judge: bool) -> Equations:
        """Linearise at an offset; ``judge`` anew which pixels can be compared."""
        shift = (float(place[0]), float(place[1]))
        if judge:
            moved_bad, _ = covered(self._template_bad, shift, _BAD_SHARE)
            self._usable = (self._counts > 0) & ~moved_bad
            if np.count_nonzero(self._usable) < _FEWEST:
                raise _NothingToFit(f"fewer than {_FEWEST} pixels can be compared")
        # By Fourier in any case: splines smooth the noise, which would favour some fractions of a pixel.
        moved = shift_image(self._template, shift)
        return Equations(self._data, self._slopes, moved, self._usable)

    def _check_place(self, place: NDArray[np.float64], start: tuple[float, float]) -> None:
        if not np.isfinite(place).all() or np.hypot(*(place - start)) > self._settings.limit:
            raise _NothingToFit(f"the fit ran more than {self._settings.limit:g} pixels away")

    def _judged(
        self, place: NDArray[np.float64], change: NDArray[np.float64], brightness: tuple[float, float] | None
    ) -> Offset:
        scale, level = brightness or (1.0, 0.0)
        errors = self._equations(place, judge=False).errors(self._weights, scale, level)
        problem = ""
        if np.hypot(*change) > max(_NEARLY, _STILL * max(errors)):
            problem = "the fit did not settle"
        elif scale <= 0:
            problem = "the image does not look like the template"
        elif not max(errors) <= self._settings.largest_error:
            problem = f"the offset is uncertain by {max(errors):.2g} pixels"
        return Offset(float(place[0]), float(place[1]), *errors, scale, level, problem)
