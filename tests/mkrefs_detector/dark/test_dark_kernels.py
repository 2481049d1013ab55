"""The compiled loops do what plain numpy does pixel after pixel, whatever is the matter with it."""

import numpy as np
import pytest

from mkrefs_detector.dark.averaging import average_stack, stack_states
from mkrefs_detector.dark.blocks import Stack
from mkrefs_detector.dark.estimator import CommonNoise, prepare_recipe
from mkrefs_detector.dark.settings import DarkSettings
from mkrefs_detector.dark.sorting import STEP, UNHIT
from mkrefs_detector.superbias.error import CommonScatter

MEANING = (2, 1, 4, -1.0)
KNOWN = CommonNoise(CommonScatter(36.0, 40.0), CommonScatter(360.0, 80.0), 0.5)


def averages(steps, use):
    number = use.sum(axis=0)
    mean = np.where(use, steps, 0).sum(axis=0) / np.maximum(number, 1)
    return mean, number, np.where(use, (steps - mean) ** 2, 0)


def clip(steps, use, recipe):
    """Variance of a difference and its degrees of freedom; outliers and their neighbours go out of use."""
    for turn in range(int(recipe.numbers[1]) + 1):
        mean, number, squares = averages(steps, use)
        dof = int(np.maximum(number - 1, 0).sum())
        limit = max(recipe.step_limits[dof + 1] * squares.sum(), recipe.numbers[0] ** 2)
        scale = np.where(number > 1, number / np.maximum(number - 1, 1), 0)
        if turn == int(recipe.numbers[1]) or (squares * scale).max() <= limit:
            return squares.sum() / max(dof, 1) / recipe.step_factors[dof + 1] ** 2, dof
        for j in np.flatnonzero(number > 1):
            away = np.where(use[:, j], (steps[:, j] - mean[j]) ** 2, -1)
            if away.max() * scale[j] > limit:
                if number[j] == 2:
                    others = np.arange(mean.size) != j
                    usual = (mean * number)[others].sum() / max(number[others].sum(), 1)
                    away = np.where(use[:, j], np.abs(steps[:, j] - usual), -1)
                use[away.argmax(), max(j - 1, 0) : j + 2] = False
    raise AssertionError("a clip ends with its last turn")


def expected(own, dof, shared, scale, worth, high):
    alone = own * (shared / (shared - 2) if shared > 4 else 2)
    if not (worth > 0 and scale > 0) or (dof > 0 and own > high[min(dof, high.size - 1)] * scale):
        return alone
    return (shared * own + worth * scale) / max(shared + worth - 2, (shared + worth) / 2)


def split(own, dof, slope, recipe):
    read, worth, share, shot, averaging = recipe.numbers[[3, 5, 7, 8, 9]]
    poisson = max(slope, 0) * shot if dof > 0 else 0.0
    total = expected(own, dof, dof * share, 2 * read + averaging * poisson, worth, recipe.read_high)
    poisson = min(poisson, total / averaging)
    return (total - poisson) / 2, poisson


def largest_step(away, use, read, poisson):
    """Over the runs of one integration: the largest step, squared over its variance, with its sign."""
    ngroups, best = away.size + 1, 0.0
    bright = 27 * max(read, 0) < poisson * ngroups**2
    reach = max(1, min(ngroups, int(np.sqrt(3 * read / poisson) + 0.5))) if bright else ngroups
    edges = np.flatnonzero(np.diff(np.concatenate([[False], use, [False]]).astype(int)))
    for start, stop in edges.reshape(-1, 2):
        levels = np.cumsum(np.concatenate([[0.0], away[start:stop]]))
        for place in range(1, levels.size):
            before, after = levels[max(place - reach, 0) : place], levels[place : place + reach]
            lag = sum((n - 1) * (2 * n - 1) / (6 * n) for n in (before.size, after.size))
            variance = read * (1 / before.size + 1 / after.size) + poisson * (1 + lag)
            step = after.mean() - before.mean()
            if step**2 > abs(best) * variance:
                best = np.copysign(step**2 / variance, step)
    return best


def reject_ramps(steps, use, read, poisson, threshold):
    mean, alive = averages(steps, use)[0], int(use.any(axis=1).sum())
    found = np.array(
        [largest_step(step - mean, own, read, poisson) for step, own in zip(steps, use, strict=True)]
    )
    if alive < 2:
        return 0, 0
    wanted = int((np.abs(found) > threshold**2 * (1 - 1 / alive)).sum())
    dropped = min(wanted, alive // 2)
    use[np.argsort(-np.abs(found) - 1e-7 * found, kind="stable")[:dropped]] = False
    return wanted, dropped


def slope_of(steps, use, weights):
    mean, number, _ = averages(steps, use)
    some = number > 0
    return (mean * weights)[some].sum() / weights[some].sum() if some.any() else np.nan


def measure(steps, use, recipe):
    own, dof = clip(steps, use, recipe)
    read, poisson = split(own, dof, slope_of(steps, use, recipe.weights[0]), recipe)
    missed = 0
    for _ in range(3):
        if not (recipe.numbers[2] > 0 and dof > 0):
            break
        wanted, dropped = reject_ramps(steps, use, read, poisson, recipe.numbers[2])
        missed += wanted
        if dropped == 0:
            break
        own, dof = clip(steps, use, recipe)
        read, poisson = split(own, dof, slope_of(steps, use, recipe.weights[0]), recipe)
    return own, dof, read, poisson, missed


def first_level(values, unhit, recipe):
    """First group with levels, which of them count, their mean, the variance of one."""
    for base in np.flatnonzero(unhit.any(axis=0)):
        use = unhit[:, base].copy()
        for turn in range(int(recipe.numbers[1]) + 1):
            level = values[use, base]
            squares, n = (level - level.mean()) ** 2, level.size
            limit = max(recipe.level_limits[n] * squares.sum() * (n - 1) / n, recipe.numbers[0] ** 2)
            if n < 3 or squares.max() <= limit or turn == int(recipe.numbers[1]):
                break
            use[use] = squares <= limit
        return base, use, level.mean(), squares.sum() / max(n - 1, 1) / recipe.level_factors[n] ** 2
    return 0, unhit[:, 0], np.nan, 0.0


def covariance_of_means(use, level_use, base, read, poisson):
    """Covariance matrix of the mean differences, and that of the first level with the first of them."""
    number = np.maximum(use.sum(axis=0), 1)
    matrix = np.diag((2 * read + poisson) / number)
    both = (use[:, 1:] & use[:, :-1]).sum(axis=0)
    side = -read * both / (number[1:] * number[:-1])
    joint = (use[:, 0] & level_use).sum() if base == 0 else 0
    return matrix + np.diag(side, 1) + np.diag(side, -1), 2 * read * joint / (
        number[0] * max(level_use.sum(), 1)
    )


def average_pixel(values, states, recipe, nout):
    """What `average_stack` gives of one pixel."""
    ngroups = values.shape[1]
    use = (states[:, 1:] & STEP) != 0
    steps = np.where(use, np.diff(values, axis=1), 0.0)
    own, dof, read, poisson, missed = measure(steps, use, recipe)
    weights = recipe.weights[int((poisson > recipe.ratios * read).sum())]
    slope = slope_of(steps, use, weights)
    read, poisson = split(own, dof, slope, recipe)
    mean, number, _ = averages(steps, use)
    base, level_use, level, level_own = first_level(values, (states & UNHIT) != 0, recipe)
    matrix, joint = covariance_of_means(use, level_use, base, read, poisson)
    some, levels = number > 0, int(level_use.sum())
    line = np.where(some, weights, 0) / weights[some].sum() if some.any() else np.zeros(ngroups - 1)
    rate_variance = line @ matrix @ line if some.any() else np.nan
    start = np.nan
    if levels:
        start = (
            expected(level_own, levels - 1, levels - 1, *recipe.numbers[[4, 6]], recipe.level_high) / levels
        )
    sums = np.concatenate([[0.0], np.cumsum(np.where(some, mean, slope))])
    more = np.diag(matrix) + 2 * np.concatenate(
        [[0.0], np.where(some[1:] & some[:-1], np.diag(matrix, 1), 0)]
    )
    spread = np.concatenate([[0.0], np.cumsum(np.where(some, more, rate_variance))])
    ramp = level + sums - sums[base]
    variance = start + np.abs(spread - spread[base]) - joint * (np.arange(ngroups) != base)
    if recipe.line:
        away = np.arange(nout) - (ngroups - 1) / 2
        ramp = ramp.mean() + slope * away
        share = some * np.arange(ngroups - 1, 0, -1) / ngroups
        both = share + away[:, None] * line
        variance = start + np.einsum("gi,ij,gj->g", both, matrix, both)
        variance -= joint * (share[0] + away * line[0])
    counts = np.insert(number, base, levels)
    images = slope, rate_variance, own, dof, *excess(steps - mean, use, weights, read, poisson)
    return ramp, np.sqrt(np.maximum(variance, 0)), counts, (*images, number.max(), missed, level_own, levels)


def excess(away, use, weights, read, poisson):
    """Chi-square of the slopes of integrations, and its degrees of freedom."""
    number = use.sum(axis=0)
    known = use & (number > 1)
    own = np.where(known, weights * np.sqrt(1 - 1 / np.maximum(number, 1)), 0)
    variance = (own**2).sum(axis=1) * (2 * read + poisson) - 2 * read * (own[:, 1:] * own[:, :-1]).sum(axis=1)
    slope = np.where(known, weights * away, 0).sum(axis=1)
    some = variance > 0
    n = int(some.sum())
    return ((slope[some] ** 2 / variance[some]).sum() * (n - 1) / n, n - 1) if n > 1 else (0.0, 0)


def spoil(values, flags):
    """Give pixels hits, gaps, steps, outliers, nothing at all, and what is not finite."""
    count, ngroups, _ = values.shape
    rng = np.random.default_rng(5)
    values[1, 3:, 0] += 400.0
    values[:2, 5:, 1] += 60.0
    values[3, 4, 2] += 90.0
    flags[: count - 2, 2, 3] = 4
    flags[:, 0, 4] = 4
    flags[:, 0, 5] = 1
    flags[:, 4, 6] = 1
    flags[1:, 1, 7] = 2
    flags[:, 0, 8] = 2
    values[2, 5, 9] = np.nan
    values[:, :, 10] = 7.0
    values[0, 0, 11] += 500.0
    values[:, :, 12] = np.cumsum(rng.poisson(900.0, (count, ngroups)), axis=1) / 2
    values[2, 4:, 12] += 700.0
    flags[rng.random(flags.shape) < 0.02] = 4


@pytest.mark.parametrize(("count", "ngroups"), [(6, 10), (2, 4), (3, 2)])
@pytest.mark.parametrize("noise", [CommonNoise(), KNOWN])
@pytest.mark.parametrize("line", [False, True])
def test_compiled_loops_do_what_plain_numpy_does(simulate, count, ngroups, noise, line):
    darks = simulate(count, max(ngroups, 6), size=8, hit=0.1)
    values = np.concatenate(darks.ramps).reshape(count, -1, 64)[:, :ngroups].copy()
    flags = np.concatenate(darks.flags).reshape(count, -1, 64)[:, :ngroups].copy()
    if ngroups > 5:
        spoil(values, flags)
    stack = Stack(values, flags, np.zeros(64, bool), MEANING)
    nout = 15 if line else ngroups
    recipe = prepare_recipe(count, ngroups, DarkSettings(fit_rate=line), noise)
    found = average_stack(stack, recipe, nout)
    states = stack_states(stack)
    for pixel in range(64):
        wanted = average_pixel(values[:, :, pixel].astype(float), states[:, :, pixel], recipe, nout)
        for one, other in zip(found, wanted, strict=True):
            np.testing.assert_allclose(one[:, pixel], other, rtol=3e-4, atol=1e-3, err_msg=f"pixel {pixel}")
