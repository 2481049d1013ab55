"""How the response of an amplifier falls with signal: the derivative of what is shown by the charge.

A noise that the electronics add is scaled by its inverse when the ramp is made linear; and the noise of a
ramp that was not made linear is made so by dividing by it.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mkrefs_detector.gain.levels import MeanRamps, signals

# Smallest number of increments that a second term is taken from: of a ramp, and of all together.
_LEAST_FOR_SECOND, _LEAST_TOGETHER = 6, 12
Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Response:
    """The derivative of the response by amplifier: 1 at no signal, and less above.

    Attributes
    ----------
    terms : ndarray of float64, shape (namplifiers, 2)
        a (1/DN) and b (1/DN^2) of 1 + a S + b S^2.
    of_shown : bool
        Whether S is the signal shown, and the polynomial the inverse of the derivative.
    """

    terms: Values
    of_shown: bool = False

    def at(self, signal: Values, amplifier: NDArray[np.int64]) -> Values:
        """Give the derivative at signals whose first axes are those of ``amplifier``."""
        shape = (*amplifier.shape, *(1,) * (signal.ndim - amplifier.ndim))
        first, second = (self.terms[amplifier, k].reshape(shape) for k in (0, 1))
        value = 1 + first * signal + second * signal**2
        return np.asarray(1 / value if self.of_shown else value, dtype=np.float64)


def no_response(amplifiers: int) -> Response:
    """Give a response that does not fall."""
    return Response(np.zeros((amplifiers, 2)))


def response_of_linear(
    ramps: MeanRamps, amplifier: NDArray[np.int64], used: NDArray[np.bool_], *, first: float
) -> Response:
    """Measure the response from ramps before and after they were made linear.

    Parameters
    ----------
    ramps : MeanRamps
        With ``raw``.
    amplifier : ndarray of int64, shape (nrows, ncols)
        Amplifier of each cell.
    used : ndarray of bool, shape (nrows, ncols, ngroups)
        Increments that count.
    first : float
        As for `mkrefs_detector.gain.levels.signals`.

    Returns
    -------
    Response
    """
    if ramps.raw is None:
        return no_response(int(amplifier.max()) + 1)
    middle = signals(ramps.steps, first=first) - np.nan_to_num(ramps.steps) / 2
    fit = np.broadcast_to(used, ramps.steps.shape) & np.isfinite(ramps.steps) & np.isfinite(ramps.raw)
    fit = fit & (ramps.steps > 0)
    terms = []
    for number in range(int(amplifier.max()) + 1):
        here = fit & (amplifier == number)[None, ..., None]
        step, raw, level = ramps.steps[here], ramps.raw[here], middle[here]
        # The scale of both may differ; the noise of an increment is much the same in all.
        terms.append(_fit_scaled(raw, step, level))
    return Response(np.array(terms))


def response_of_ramps(
    ramps: MeanRamps, amplifier: NDArray[np.int64], used: NDArray[np.bool_], *, first: float
) -> Response:
    """Measure the response from the curvature of ramps under a lamp that is taken to be constant.

    Parameters
    ----------
    ramps, amplifier, used, first
        As for `response_of_linear`; the increments are those shown.

    Returns
    -------
    Response
    """
    level = signals(ramps.steps, first=first)
    fit = np.broadcast_to(used, ramps.steps.shape) & np.isfinite(ramps.steps)
    terms = []
    for number in range(int(amplifier.max()) + 1):
        here = fit & (amplifier == number)[None, ..., None]
        whole = here.any(axis=-1)
        terms.append(_fit_curve(ramps.steps[whole], here[whole], level[whole]))
    return Response(np.array(terms), of_shown=True)


def _fit_scaled(raw: Values, step: Values, level: Values) -> Values:
    """Fit raw = step (c + a S + b S^2), and give a / c and b / c."""
    if raw.size < 2:
        return np.zeros(2)
    powers = 3 if raw.size >= _LEAST_TOGETHER else 2
    scale = max(float(level.max()), 1.0)
    design = step[:, None] * (level[:, None] / scale) ** np.arange(powers)
    found = np.zeros(3)
    found[:powers] = np.linalg.lstsq(design, raw, rcond=None)[0]
    if found[0] <= 0:
        return np.zeros(2)
    return np.asarray(found[1:] / found[0] / scale ** np.arange(1, 3))


def _fit_curve(steps: Values, used: NDArray[np.bool_], level: Values) -> Values:
    """Fit c = shown + a shown^2 + b shown^3 to charges c that grow evenly; give 2 a and 3 b.

    The increments of each ramp then are steps = r - a d(shown^2) - b d(shown^3), linear in all unknowns.
    """
    if steps.size == 0 or used.sum(axis=-1).max() < 2:
        return np.zeros(2)
    powers = 2 if used.sum(axis=-1).max() >= _LEAST_FOR_SECOND else 1
    before = level - np.nan_to_num(steps)
    design = np.stack([before**2 - level**2, before**3 - level**3], axis=-1)[..., :powers]
    size = np.abs(design[used]).max(axis=0)
    weight = used[..., None] / np.maximum(used.sum(axis=-1), 1)[:, None, None]
    design = design / np.where(size > 0, size, 1.0)
    design = design - (design * weight).sum(axis=1, keepdims=True)
    values = np.nan_to_num(steps) - (np.nan_to_num(steps) * weight[..., 0]).sum(axis=1, keepdims=True)
    found = np.linalg.lstsq(design[used], values[used], rcond=None)[0] / np.where(size > 0, size, 1.0)
    terms = np.zeros(2)
    terms[:powers] = found * np.arange(2, 2 + powers)
    return terms
