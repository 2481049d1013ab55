"""Clipping along the first axis in plain numpy: what the compiled kernels are held against."""

from dataclasses import dataclass

import numpy as np

_CLOSE = 1e-9


@dataclass(frozen=True)
class Twin:
    """What is kept, and whether rounding decides of a pixel."""

    kept: np.ndarray
    tied: np.ndarray

    def mean(self, stack):
        return _quietly(np.nanmean, self._only(stack))

    def scatter(self, stack):
        return _quietly(np.nanstd, self._only(stack))

    def median(self, stack):
        return _quietly(np.nanmedian, self._only(stack))

    def _only(self, stack):
        return np.where(self.kept, stack.astype(np.float64), np.nan)


def _quietly(function, values):
    empty = np.isnan(values).all(axis=0)
    return np.where(empty, np.nan, function(np.where(empty, 0.0, values), axis=0))


def clip(stack, mask=None, *, sigma=3.0, iterations=5, about="median"):
    """Clip each pixel by itself: limits of what lies within the last limits, until nothing changes."""
    values = stack.astype(np.float64).reshape(len(stack), -1)
    there = np.isfinite(values)
    if mask is not None:
        there &= ~np.broadcast_to(mask, stack.shape).astype(bool).reshape(values.shape)
    sigmas = np.broadcast_to(sigma, (len(stack) + 1,))
    kept, tied = np.zeros(values.shape, bool), np.zeros(values.shape[1], bool)
    passes = 10**6 if iterations is None else iterations
    for pixel in range(values.shape[1]):
        kept[there[:, pixel], pixel], tied[pixel] = _one(
            values[there[:, pixel], pixel], sigmas, passes, about
        )
    return Twin(kept.reshape(stack.shape), tied.reshape(stack.shape[1:]))


def _one(values, sigmas, passes, about):
    left, tied = values, False
    low, high = -np.inf, np.inf
    for _ in range(passes if values.size else 0):
        # About a value of their own: then large offsets cost no digits.
        base = np.sort(left)[left.size // 2]
        away = left - base
        centre = base + (np.median(away) if about == "median" else away.mean())
        reach = sigmas[left.size] * away.std()
        low, high = centre - reach, centre + reach
        distance = np.abs(values - centre)
        tied |= bool((np.abs(distance - reach) <= _CLOSE * (reach + np.abs(values))).any()) and reach > 0
        inside = left[(left >= low) & (left <= high)]
        if inside.size in (0, left.size):
            left = inside
            break
        left = inside
    return (values >= low) & (values <= high), tied
