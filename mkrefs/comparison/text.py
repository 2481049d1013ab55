"""A comparison and its verdict as text to be read, and in brief."""

import math
from collections.abc import Iterator
from typing import Any

from mkrefs.comparison.arrays import ArrayComparison, Spread
from mkrefs.comparison.comparison import Comparison
from mkrefs.comparison.limits import limits_for
from mkrefs.comparison.report import ComparisonReport

#: Transitions that the text tells; all are in the JSON file.
_MOST = 20


def report_to_text(report: ComparisonReport) -> str:
    """Give a report as text: the verdict and why, then what was found."""
    if report.comparison is None or report.verdict is None:
        return f"{report.file}: not compared: {report.source}\n"
    lines = [
        report.file,
        f"compared with {report.previous} ({report.source})",
        f"verdict: {report.verdict.verdict}",
        *(f"- {sentence}" for sentence in report.verdict.sentences),
        "",
        *_array_lines(report.comparison),
        *_flag_lines(report.comparison),
        *_header_lines(report.comparison),
    ]
    if report.maps:
        lines += ["", f"maps: {report.maps}"]
    return "\n".join(lines) + "\n"


def summary(comparison: Comparison) -> tuple[str, ...]:
    """Give a comparison in brief: a line for each array, and one for the flags that changed."""
    flags = [
        f"{name} {_count(flag.before)} -> {_count(flag.after)}"
        for name, flag in comparison.flags.flags.items()
        if flag.set != 0 or flag.cleared != 0
    ]
    return (
        *(f"{name}: {_changes(array)}" for name, array in comparison.arrays.items()),
        *([f"flags: {', '.join(flags) or 'equal'}"] if comparison.flags.flags else []),
    )


def _array_lines(comparison: Comparison) -> Iterator[str]:
    for name, array in comparison.arrays.items():
        sigma = limits_for(comparison.reftype, name).sigma
        yield f"{name}{_told(array)}"
        yield from (f"  {line}" for line in _lines_of(array, sigma))
    for names, which in ((comparison.only_new, "new"), (comparison.only_previous, "previous")):
        if names:
            yield f"only in the {which} file: {', '.join(names)}"
    yield ""


def _told(array: ArrayComparison) -> str:
    told = [array.title, _shape(array.shape), array.unit]
    return ", ".join(["", *filter(None, told)])


def _lines_of(array: ArrayComparison, sigma: float) -> Iterator[str]:
    if array.size is None:
        yield f"previous {_shape(array.previous_shape)}: not compared as a whole"
        return
    if array.equal:
        yield f"equal; {_percent(array.finite)} finite"
        return
    yield (
        f"finite {_percent(array.finite)}, before {_percent(array.previous_finite)}; "
        f"{array.became_finite} values became finite, {array.lost} are not any more"
    )
    spreads = (
        ("new values", array.new),
        ("previous values", array.previous),
        ("new - previous", array.difference),
        ("new / previous", array.ratio),
    )
    yield from (f"{label}: {_spread(value)}" for label, value in spreads if value is not None)
    if array.pull is not None:
        yield (
            f"in errors of both: median {array.pull.median:.3g}, scatter {array.pull.scatter:.3g}, "
            f"{_percent(array.pull.beyond)} beyond {sigma:g}"
        )
    if math.isfinite(array.correlation):
        yield f"correlation of the values: {array.correlation:.3g}"
    if array.largest is not None:
        place = ", ".join(map(str, array.largest.index))
        yield f"largest change at [{place}]: {array.largest.before:.6g} -> {array.largest.after:.6g}"
    if array.difference is not None:
        yield f"changed by more than {sigma:g} robust sigma: {_percent(array.changed)}"
    yield from _pattern_lines(array)


def _pattern_lines(array: ArrayComparison) -> Iterator[str]:
    pattern = array.structure
    if pattern is None:
        return
    outputs = f"; outputs {', '.join(f'{each:.3g}' for each in pattern.outputs)}" if pattern.outputs else ""
    yield f"levels in new - previous: rows {pattern.rows:.3g}, columns {pattern.columns:.3g}{outputs}"


def _flag_lines(comparison: Comparison) -> Iterator[str]:
    found = comparison.flags
    if not found.flags:
        return
    if not any(flag.before or flag.after for flag in found.flags.values()):
        yield "flags: no pixel has any"
        yield ""
        return
    yield f"{'flag':<18}{'before':>9}{'after':>9}{'set':>9}{'cleared':>9}{'kept':>9}"
    for name, flag in found.flags.items():
        counts = (flag.before, flag.after, flag.set, flag.cleared, flag.kept)
        if any(counts):
            yield f"{name:<18}{''.join(f'{_count(count):>9}' for count in counts)}"
    yield ""
    if not found.transitions:
        return
    width = max(len(each.before) for each in found.transitions[:_MOST])
    yield "pixels that changed flags (DO_NOT_USE told apart)"
    for each in found.transitions[:_MOST]:
        use = [
            f"{number} {what}"
            for number, what in ((each.newly_excluded, "newly excluded"), (each.newly_used, "newly used"))
            if number
        ]
        told = f"  ({', '.join(use)})" if use else ""
        yield f"{each.pixels:>9}  {each.before:<{width}} -> {each.after}{told}"
    if len(found.transitions) > _MOST:
        rest = found.transitions[_MOST:]
        yield f"{sum(each.pixels for each in rest):>9}  in {len(rest)} other ways"
    yield ""


def _header_lines(comparison: Comparison) -> Iterator[str]:
    yield f"keywords that differ: {len(comparison.headers)}"
    for each in comparison.headers:
        yield f"  {each.extension} {each.keyword:<8}: {_value(each.before)} -> {_value(each.after)}"


def _changes(array: ArrayComparison) -> str:
    if array.size is None:
        return f"{_shape(array.shape)}, previous {_shape(array.previous_shape)}"
    if array.equal:
        return "equal"
    spreads = (("new - previous", array.difference), ("new / previous", array.ratio))
    told = [f"{label} {_spread(value)}" for label, value in spreads if value is not None]
    if array.lost:
        told.append(f"{array.lost} values are not finite any more")
    if array.difference is not None:
        told.append(f"{_percent(array.changed)} changed")
    return ", ".join(told) or "changed"


def _spread(spread: Spread) -> str:
    return f"median {spread.median:.6g}, scatter {spread.scatter:.3g}"


def _shape(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape)) or "one value"


def _percent(share: float) -> str:
    return f"{100 * share:.4g} %"


def _count(count: int | None) -> str:
    return "-" if count is None else str(count)


def _value(value: Any) -> str:
    return "(absent)" if value is None else repr(value)
