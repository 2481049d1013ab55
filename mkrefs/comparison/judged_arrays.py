"""What the difference of two arrays means: reasons for a verdict, by limits. Pure functions of values."""

import math
from collections.abc import Callable, Iterator

from mkrefs.comparison.arrays import ArrayComparison, Spread
from mkrefs.comparison.limits import GAINS, IN_DN, MISTAKES, NEARNESS, Limits
from mkrefs.comparison.reasons import Level, Reason, graded

#: Standard errors from which on a median is not what it should be by chance.
_SIGNIFICANT = 3.0
_MEDIAN_SCATTER = 1.2533


def array_reasons(
    name: str, found: ArrayComparison, limits: Limits, reftype: str, instrument: str
) -> Iterator[Reason]:
    """Give what is to be said of an array.

    Parameters
    ----------
    name : str
        Name of the array or plane.
    found : ArrayComparison
        How it differs.
    limits : Limits
        Those of the type.
    reftype, instrument : str
        Of the files.

    Yields
    ------
    Reason
        Nothing if it is equal, or was not compared.
    """
    if found.size is not None and not found.equal:
        yield from _lost(name, found, limits)
        if found.judged and found.difference is not None and found.previous is not None:
            is_kernel = found.size < limits.fewest or found.structure is None
            for judge in (_few,) if is_kernel else (_scale(reftype, instrument), *_OTHERS):
                yield from judge(name, found, limits)


def _lost(name: str, found: ArrayComparison, limits: Limits) -> Iterator[Reason]:
    if found.became_finite:
        yield Reason(Level.CONSISTENT, f"{name}: {found.became_finite} values are finite only now")
    if not found.size or not found.lost:
        return
    share = found.lost / found.size
    what = f"{name}: {found.lost} values ({share:.2%}) are not finite any more"
    level = graded(share, limits.lost)
    yield Reason(level or Level.CONSISTENT, f"{what} (limit {limits.lost[0]:.2%})" if level else what)


def _few(name: str, found: ArrayComparison, limits: Limits) -> Iterator[Reason]:
    if found.largest is None:
        return
    change = abs(found.largest.after - found.largest.before)
    relative = change / found.peak if found.peak else math.inf
    what = f"{name}: the largest change is {relative:.2%} of the largest value"
    yield Reason(graded(relative, limits.few) or Level.CONSISTENT, f"{what} (limit {limits.few[0]:.0%})")


def _scale(reftype: str, instrument: str) -> Callable[[str, ArrayComparison, Limits], Iterator[Reason]]:
    """Judge scale or level, whichever tells something of these values."""

    def judge(name: str, found: ArrayComparison, limits: Limits) -> Iterator[Reason]:
        if _has_scale(found, limits) and found.ratio is not None:
            yield from _ratio(name, found.ratio, found, limits, (reftype, instrument))
        else:
            yield from _shift(name, found, limits)

    return judge


def _has_scale(found: ArrayComparison, limits: Limits) -> bool:
    """Tell whether a ratio means something: the values lie far from 0, or have one ratio throughout."""
    before, ratio = found.previous, found.ratio
    if before is None or ratio is None:
        return False
    far = before.median != 0 and abs(before.median) > limits.level * before.scatter
    return far or ratio.scatter < limits.tight * abs(ratio.median)


def _ratio(
    name: str, ratio: Spread, found: ArrayComparison, limits: Limits, kind: tuple[str, str]
) -> Iterator[Reason]:
    median, limit = ratio.median, limits.scale[0]
    off = math.inf if median <= 0 else max(median, 1 / median) - 1
    by_chance = _SIGNIFICANT * _MEDIAN_SCATTER * ratio.scatter / math.sqrt(found.size or 1)
    level = graded(off, limits.scale) if abs(median - 1) > by_chance else None
    what = f"{name}: the median of new / previous is {median:.4g} (limit 1 +- {limit:g})"
    question = _question(median, found, *kind) if level and limits.scale[1] < math.inf else ""
    yield Reason(level or Level.CONSISTENT, f"{what}{f': {question}' if question else ''}")


def _shift(name: str, found: ArrayComparison, limits: Limits) -> Iterator[Reason]:
    if found.difference is None or found.previous is None:
        return
    shift, scatter = found.difference.median, found.previous.scatter or found.difference.scatter
    relative = abs(shift) / scatter if scatter else (math.inf if shift else 0.0)
    by_chance = _SIGNIFICANT * _MEDIAN_SCATTER * found.difference.scatter / math.sqrt(found.size or 1)
    level = graded(relative, limits.shift) if abs(shift) > by_chance else None
    yield Reason(
        level or Level.CONSISTENT,
        f"{name}: the median of new - previous is {_valued(shift, found)}, {relative:.2g} times the scatter "
        f"of the previous values (limit {limits.shift[0]:g})",
    )


def _noise(name: str, found: ArrayComparison, limits: Limits) -> Iterator[Reason]:
    after, before = found.new, found.previous
    if after is None or before is None or after.scatter == before.scatter:
        return
    if not after.scatter or not before.scatter:
        which = "new" if not after.scatter else "previous"
        level = Level.CHANGED if after.scatter or limits.noise[1] == math.inf else Level.SUSPICIOUS
        yield Reason(
            level, f"{name}: most values of the {which} file are the same, unlike those of the other"
        )
        return
    scale = abs(found.ratio.median) if _has_scale(found, limits) and found.ratio else 0.0
    times = after.scatter / before.scatter / (scale or 1.0)
    level_found = graded(max(times, 1 / times), limits.noise)
    if level_found is not None:
        yield Reason(
            level_found,
            f"{name}: the values scatter {times:.2g} times as much from pixel to pixel as before"
            f"{', relative to their level' if scale else ''}: "
            f"{_valued(after.scatter, found)}, before {before.scatter:.3g} (limit {limits.noise[0]:g})",
        )


def _pull(name: str, found: ArrayComparison, limits: Limits) -> Iterator[Reason]:
    if found.pull is None:
        return
    if abs(found.pull.median) > limits.pull:
        yield Reason(
            Level.CHANGED,
            f"{name}: the median of new - previous is {found.pull.median:.3g} times the errors of both files "
            f"(limit {limits.pull:g})",
        )
    if found.pull.scatter > limits.pull_scatter:
        yield Reason(
            Level.CHANGED,
            f"{name}: new - previous scatters {found.pull.scatter:.3g} times as much as the errors of both "
            f"files explain (limit {limits.pull_scatter:g})",
        )


def _outliers(name: str, found: ArrayComparison, limits: Limits) -> Iterator[Reason]:
    if found.changed > limits.outliers:
        yield Reason(
            Level.CHANGED,
            f"{name}: {found.changed:.2%} of the values changed by more than {limits.sigma:g} robust "
            f"scatters of new - previous (limit {limits.outliers:.1%})",
        )


def _relation(name: str, found: ArrayComparison, limits: Limits) -> Iterator[Reason]:
    if found.correlation < limits.correlation:
        yield Reason(
            Level.CHANGED,
            f"{name}: the values of the two files hardly go together from pixel to pixel: correlation "
            f"{found.correlation:.2g} (limit {limits.correlation:g})",
        )


def _patterns(name: str, found: ArrayComparison, limits: Limits) -> Iterator[Reason]:
    pattern, scatter = found.structure, found.difference.scatter if found.difference else 0.0
    if pattern is None or not scatter:
        return
    steps = max(pattern.outputs) - min(pattern.outputs) if pattern.outputs else 0.0
    levels = ", ".join(f"{each:.2g}" for each in pattern.outputs)
    for size, what in (
        (pattern.rows, f"rows differ in level by {_valued(pattern.rows, found)}"),
        (pattern.columns, f"columns differ in level by {_valued(pattern.columns, found)}"),
        (steps, f"outputs differ in level by {_valued(steps, found)} ({levels})"),
    ):
        level = graded(size / scatter, limits.pattern)
        if level is not None:
            relative = f"{size / scatter:.2g} times its scatter (limit {limits.pattern[0]:g})"
            yield Reason(level, f"{name}: in new - previous, {what}; {relative}")


def _orientation(name: str, found: ArrayComparison, limits: Limits) -> Iterator[Reason]:
    way = found.structure.orientation if found.structure else ""
    if way:
        yield Reason(
            Level.SUSPICIOUS,
            f"{name}: the previous array agrees much better with the new one when it is {way}: "
            "does one of them lie wrongly on the detector?",
        )


_OTHERS = (_noise, _pull, _outliers, _relation, _patterns, _orientation)


def _question(median: float, found: ArrayComparison, reftype: str, instrument: str) -> str:
    """Name the well-known mistakes that would give this ratio."""
    if median <= 0:
        return "has one of them the wrong sign?"
    factor = max(median, 1 / median)
    known = [
        f"{mistake.what} (factor {mistake.factor:.4g})"
        for mistake in MISTAKES.get(reftype, ())
        if abs(factor / mistake.factor - 1) < NEARNESS
    ]
    low, high = GAINS.get(instrument, (math.inf, 0.0))
    if reftype in IN_DN and low <= factor <= high:
        known.append(f"electrons against DN (the gain of {instrument} is {low:g} to {high:g} electrons/DN)")
    inverse = found.previous.median**2 * median if found.previous else 0.0
    if reftype == "gain" and abs(inverse - 1) < 2 * NEARNESS:
        known.append("electrons/DN against DN/electron")
    return f"is it {', or '.join(known)}?" if known else ""


def _valued(value: float, found: ArrayComparison) -> str:
    return f"{value:.3g}{f' {found.unit}' if found.unit else ''}"
