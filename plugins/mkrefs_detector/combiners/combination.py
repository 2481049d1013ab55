"""Apply a rule to all arrays of individual reference files, in blocks of rows."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import ReferenceData, UserError
from mkrefs_detector.combiners.agreement import check_agreement
from mkrefs_detector.combiners.measured import (
    CONTRIBUTIONS,
    ERR,
    ERRORS_OF,
    SAMPLES,
    errors_of,
    measured_pixels,
)
from mkrefs_detector.combiners.rules import Rule, Values, mean, propagated_error
from mkrefs_detector.combiners.tables import combine_tables

#: Gives the rule for the rows that an index selects.
RuleFor = Callable[[tuple[Any, ...]], Rule]

#: Gives the ratio of the standard error to that of the mean, by number of values.
ErrorFactor = Callable[[NDArray[np.floating]], Values]

_BLOCK_BYTES = 1 << 26


@dataclass(frozen=True, slots=True)
class _Combined:
    """One combined array, its error, and the samples and gaps of its pixels."""

    value: NDArray[Any]
    error: NDArray[Any] | None
    samples: NDArray[np.float32] | None
    gaps: int


def combine_individuals(
    individuals: Sequence[ReferenceData],
    rule_for: RuleFor,
    *,
    name: str,
    error_factor: ErrorFactor | None = None,
) -> ReferenceData:
    """Combine the content of individual reference files.

    Floating-point arrays are combined by the rule; ``err`` and ERR become the standard error of the result
    and NSAMPLES the sum over the individuals used; NCONTRIB is added up, and AVDRKERR, the error of a further
    array, propagated; other integer arrays are DQ and combined bitwise, as are the flags; tables must be
    equal. What is not finite, or has no measurement, does not count; where nothing counts the mean of the
    finite values stays, with ERR NaN and NSAMPLES 0. Extensions that are no maps of the pixels are averaged:
    small images, and tables as `mkrefs_detector.combiners.tables` says; those that differ are left out.

    Parameters
    ----------
    individuals : sequence of ReferenceData
        The content of the files; a single one passes unchanged.
    rule_for : callable
        Gives the rule for an index of rows.
    name : str
        What HISTORY calls the combination.
    error_factor : callable or None
        Gives the ratio of the standard error to that of the mean, by number of values.

    Returns
    -------
    ReferenceData

    Raises
    ------
    mkrefs.api.UserError
        If the individuals do not go together.
    """
    check_agreement(individuals)
    first = individuals[0]
    if len(individuals) == 1:
        return first
    arrays, extensions, gaps = _combine_images(individuals, rule_for, error_factor)
    tables, dropped = _combine_extension_tables(individuals)
    extensions |= tables
    history = [f"{name} of {len(individuals)} individual files."]
    if dropped:
        history.append(f"Left out, since they differ between the individual files: {', '.join(dropped)}.")
    if gaps:
        history.append(f"{gaps} values have no measurement in any individual file.")
    return ReferenceData(
        arrays, _combine_flags(individuals), dict(first.metadata), extensions, tuple(history)
    )


def _combine_images(
    individuals: Sequence[ReferenceData], rule_for: RuleFor, error_factor: ErrorFactor | None
) -> tuple[dict[str, NDArray[Any]], dict[str, NDArray[Any]], int]:
    """Combine all arrays and extensions; count the values that have no measurement."""
    first = individuals[0]
    measured = measured_pixels(individuals)
    arrays: dict[str, NDArray[Any]] = {}
    extensions: dict[str, NDArray[Any]] = {}
    gaps = 0
    for key in (key for key in first.arrays if key != "err"):
        stack = [np.asarray(one.arrays[key]) for one in individuals]
        if stack[0].dtype.kind != "f":
            arrays[key] = _combine_flags_or_table(key, stack)
            continue
        main = key == _main_array(first)
        combined = _combine_floats(stack, measured, rule_for, individuals if main else None, error_factor)
        arrays[key] = combined.value
        if main:
            gaps = combined.gaps
            _place(combined, first, arrays, extensions)
    size = np.shape(first.arrays[_main_array(first)])[-2:] if first.arrays else ()
    for key in first.extensions.keys() - extensions.keys():
        stack = [np.asarray(one.extensions[key]) for one in individuals]
        if stack[0].dtype.names is not None:
            continue
        if stack[0].dtype.kind == "f" and stack[0].shape[-2:] != size:
            small = np.stack(stack).astype(np.float64)
            extensions[key] = mean(small, np.isfinite(small))[0].astype(stack[0].dtype.newbyteorder("="))
        elif key == CONTRIBUTIONS:
            extensions[key] = np.asarray(np.sum(stack, axis=0, dtype=np.uint32))
        elif stack[0].dtype.kind != "f":
            extensions[key] = _combine_flags_or_table(key, stack)
        elif ERRORS_OF.get(key) in first.arrays:
            values = [np.asarray(one.arrays[ERRORS_OF[key]]) for one in individuals]
            extensions[key] = _combine_errors(stack, values, measured, rule_for, error_factor)
        else:
            extensions[key] = _combine_floats(stack, measured, rule_for, None, None).value
    return arrays, extensions, gaps


def _combine_extension_tables(
    individuals: Sequence[ReferenceData],
) -> tuple[dict[str, NDArray[Any]], list[str]]:
    """Combine the tables among the extensions; name those that cannot be."""
    names = [key for key, array in individuals[0].extensions.items() if np.asarray(array).dtype.names]
    combined = {
        key: combine_tables([np.asarray(one.extensions[key]) for one in individuals]) for key in names
    }
    kept = {key: table for key, table in combined.items() if table is not None}
    return kept, [key for key in names if key not in kept]


def _main_array(data: ReferenceData) -> str:
    """Name the array that ``err``, ERR and NSAMPLES belong to."""
    return "data" if "data" in data.arrays else next(iter(data.arrays))


def _place(
    combined: _Combined,
    first: ReferenceData,
    arrays: dict[str, NDArray[Any]],
    extensions: dict[str, NDArray[Any]],
) -> None:
    """Put error and samples where the individuals have theirs."""
    if combined.error is not None:
        if "err" in first.arrays:
            arrays["err"] = combined.error
        if ERR in first.extensions:
            extensions[ERR] = combined.error
    if combined.samples is not None:
        extensions[SAMPLES] = combined.samples


def _row_blocks(shape: tuple[int, ...], count: int) -> Iterator[tuple[Any, ...]]:
    """Give indices of blocks of rows that are small enough to hold of all individuals at once."""
    if len(shape) < 2:
        yield (...,)
        return
    rows = max(1, _BLOCK_BYTES * shape[-2] // (8 * count * max(int(np.prod(shape)), 1)))
    for start in range(0, shape[-2], rows):
        yield (..., slice(start, start + rows), slice(None))


def _combine_floats(
    stack: Sequence[NDArray[Any]],
    measured: NDArray[np.bool_] | None,
    rule_for: RuleFor,
    individuals: Sequence[ReferenceData] | None,
    error_factor: ErrorFactor | None,
) -> _Combined:
    """Combine floating-point arrays block by block; with individuals given, their errors and samples too."""
    shape = stack[0].shape
    value = np.empty(shape, dtype=stack[0].dtype.newbyteorder("="))
    errors = [errors_of(one) for one in individuals] if individuals else [None]
    sampled = individuals is not None and SAMPLES in individuals[0].extensions
    error = None if errors[0] is None else np.empty(shape, dtype=np.float32)
    samples = np.empty(shape[-2:], dtype=np.float32) if sampled else None
    gaps = 0
    for block in _row_blocks(shape, len(stack)):
        values = np.stack([one[block] for one in stack]).astype(np.float64)
        counts = np.isfinite(values)
        if measured is not None and measured.shape[1:] == shape[-2:]:
            counts &= _along(measured[block], values.ndim)
        combined, weights = rule_for(block)(values, counts)
        empty = ~counts.any(axis=0)
        gaps += int(np.count_nonzero(empty))
        value[block] = np.where(empty, mean(values, np.isfinite(values))[0], combined)
        if error is not None:
            each = np.stack([np.broadcast_to(one, shape)[block] for one in errors if one is not None])
            spread = propagated_error(each.astype(np.float64), weights)
            factor = 1.0 if error_factor is None else error_factor((weights > 0).sum(axis=0))
            error[block] = spread * factor
        if samples is not None and individuals is not None:
            samples[block] = _sum_samples(individuals, weights, block)
    return _Combined(value, error, samples, gaps)


def _combine_errors(
    errors: Sequence[NDArray[Any]],
    values: Sequence[NDArray[Any]],
    measured: NDArray[np.bool_] | None,
    rule_for: RuleFor,
    error_factor: ErrorFactor | None,
) -> NDArray[np.float32]:
    """Propagate the errors of values as the rule combines these."""
    combined = np.empty(errors[0].shape, dtype=np.float32)
    for block in _row_blocks(combined.shape, len(errors)):
        each = np.stack([one[block] for one in values]).astype(np.float64)
        own = np.stack([one[block] for one in errors]).astype(np.float64)
        counts = np.isfinite(each) & np.isfinite(own)
        if measured is not None:
            counts &= measured[block]
        _, weights = rule_for(block)(each, counts)
        factor = 1.0 if error_factor is None else error_factor((weights > 0).sum(axis=0))
        combined[block] = propagated_error(own, weights) * factor
    return combined


def _along(images: NDArray[Any], ndim: int) -> NDArray[Any]:
    """Let images of all individuals meet stacks with more axes."""
    return images.reshape(images.shape[0], *(1,) * (ndim - images.ndim), *images.shape[1:])


def _sum_samples(
    individuals: Sequence[ReferenceData], weights: Values, block: tuple[Any, ...]
) -> NDArray[np.floating]:
    used = (weights > 0).reshape(weights.shape[0], -1, *weights.shape[-2:]).all(axis=1)
    each = np.stack([np.asarray(one.extensions[SAMPLES])[block] for one in individuals])
    return np.asarray(np.where(used, each, 0.0).sum(axis=0, dtype=np.float64))


def _combine_flags_or_table(name: str, stack: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """Combine DQ bitwise; anything else must be the same in all individuals."""
    if stack[0].dtype.kind in "bui":
        return np.asarray(np.bitwise_or.reduce(np.stack(stack), axis=0))
    if any(not np.array_equal(stack[0], other) for other in stack[1:]):
        raise UserError(
            f"combine: table {name} differs between the individual files; only files of one mode can be "
            "combined: leave out those that differ."
        )
    return stack[0]


def _combine_flags(individuals: Sequence[ReferenceData]) -> Mapping[str, NDArray[np.bool_]]:
    """Flag a pixel that is flagged in any individual."""
    flags: dict[str, NDArray[np.bool_]] = {}
    for one in individuals:
        for name, image in one.flags.items():
            flags[name] = flags[name] | image if name in flags else np.array(image, dtype=np.bool_)
    return flags
