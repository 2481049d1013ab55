"""The whole comparison of two reference files as a value, as JSON and as text."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from mkrefs.comparison.arrays import (
    ArrayComparison,
    FlagComparison,
    Spread,
    compare_arrays,
    compare_flags,
)
from mkrefs.comparison.headers import HeaderDifference, compare_headers
from mkrefs.reference_files.fits_content import FitsContent

#: Version of the form of the JSON file.
COMPARISON_FORMAT = 1
#: From how many robust scatters on a value counts as changed.
CHANGED_SIGMA = 5.0


@dataclass(frozen=True, slots=True)
class Comparison:
    """How a reference file differs from the previous one.

    Attributes
    ----------
    headers : tuple of HeaderDifference
        Keywords that differ.
    arrays : mapping of str to ArrayComparison
        By name, for the arrays that both hold.
    only_new, only_previous : tuple of str
        Arrays that one of them lacks.
    flags : mapping of str to FlagComparison
        By mnemonic.
    """

    headers: tuple[HeaderDifference, ...]
    arrays: Mapping[str, ArrayComparison]
    only_new: tuple[str, ...]
    only_previous: tuple[str, ...]
    flags: Mapping[str, FlagComparison]


def compare_contents(new: FitsContent, previous: FitsContent) -> Comparison:
    """Compare what two reference files hold."""
    return Comparison(
        headers=compare_headers(new.headers, previous.headers),
        arrays={
            name: compare_arrays(array, previous.arrays[name], sigma=CHANGED_SIGMA)
            for name, array in new.arrays.items()
            if name in previous.arrays
        },
        only_new=tuple(name for name in new.arrays if name not in previous.arrays),
        only_previous=tuple(name for name in previous.arrays if name not in new.arrays),
        flags=compare_flags(new.flags, previous.flags),
    )


def comparison_json(file: str, previous: str, source: str, comparison: Comparison | None) -> dict[str, Any]:
    """Give a comparison as JSON values.

    Parameters
    ----------
    file, previous : str
        Names of the two files; ``previous`` is empty if there is none.
    source : str
        Where the previous one comes from, or why there is none.
    comparison : Comparison or None
        None if there is no previous file.

    Returns
    -------
    dict
        Numbers that are not finite are null.
    """
    content = None if comparison is None else _plain(asdict(comparison))
    return {
        "mkrefs_comparison": COMPARISON_FORMAT,
        "file": file,
        "previous": previous or None,
        "source": source,
        "changed_sigma": CHANGED_SIGMA,
        "comparison": content,
    }


def comparison_text(file: str, previous: str, source: str, comparison: Comparison | None) -> str:
    """Give a comparison to be read; the parameters are those of `comparison_json`."""
    if comparison is None:
        return f"{file}: not compared: {source}\n"
    lines = [f"{file}", f"compared with {previous} ({source})", ""]
    lines += [*_array_lines(comparison), *_flag_lines(comparison), *_header_lines(comparison)]
    return "\n".join(lines) + "\n"


def summary(comparison: Comparison) -> tuple[str, ...]:
    """Give a comparison in brief: a line for each array, and one for the flags that changed."""
    flags = [
        f"{name} {_count(flag.before)} -> {_count(flag.after)}"
        for name, flag in comparison.flags.items()
        if flag.set != 0 or flag.cleared != 0
    ]
    return (
        *(f"{name}: {_changes(array)}" for name, array in comparison.arrays.items()),
        *([f"flags: {', '.join(flags) or 'equal'}"] if comparison.flags else []),
    )


def _array_lines(comparison: Comparison) -> Iterator[str]:
    for name, array in comparison.arrays.items():
        yield f"{name}, {_shape(array.shape)}: {_percent(array.finite)} finite"
        if array.shape != array.previous_shape:
            yield f"  previous {_shape(array.previous_shape)}: not compared"
            continue
        yield (
            f"  previous {_percent(array.previous_finite)} finite; {array.became_finite} values became "
            f"finite, {array.lost} are not any more"
        )
        yield from (f"  {label}: {_spread(value)}" for label, value in _spreads(array) if value is not None)
        if array.largest is not None:
            place = ", ".join(map(str, array.largest.index))
            yield f"  largest change at [{place}]: {array.largest.before:.6g} -> {array.largest.after:.6g}"
        if array.difference is not None:
            yield f"  changed by more than {CHANGED_SIGMA:g} robust sigma: {_percent(array.changed)}"
    for names, which in ((comparison.only_new, "new"), (comparison.only_previous, "previous")):
        yield from (f"{name}: only in the {which} file" for name in names)
    yield ""


def _flag_lines(comparison: Comparison) -> Iterator[str]:
    if not comparison.flags:
        return
    yield f"{'flag':<18}{'before':>9}{'after':>9}{'set':>9}{'cleared':>9}{'kept':>9}"
    for name, flag in comparison.flags.items():
        counts = (flag.before, flag.after, flag.set, flag.cleared, flag.kept)
        yield f"{name:<18}{''.join(f'{_count(count):>9}' for count in counts)}"
    yield ""


def _header_lines(comparison: Comparison) -> Iterator[str]:
    yield f"keywords that differ: {len(comparison.headers)}"
    for each in comparison.headers:
        yield f"  {each.extension} {each.keyword:<8}: {_value(each.before)} -> {_value(each.after)}"


def _spreads(array: ArrayComparison) -> tuple[tuple[str, Spread | None], ...]:
    return (("new - previous", array.difference), ("new / previous", array.ratio))


def _changes(array: ArrayComparison) -> str:
    if array.shape != array.previous_shape:
        return f"{_shape(array.shape)}, previous {_shape(array.previous_shape)}"
    if array.largest is None and not array.lost and not array.became_finite:
        return "equal"
    told = [f"{label} {_spread(value)}" for label, value in _spreads(array) if value is not None]
    if array.lost:
        told.append(f"{array.lost} values are not finite any more")
    return f"{', '.join(told)}, {_percent(array.changed)} changed"


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


def _plain(value: Any) -> Any:
    """Turn tuples into lists and numbers that JSON does not know into null."""
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
