"""Apply a method to all arrays of individual reference files, and to what else they hold."""

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import ReferenceData, UserError
from mkrefs_detector.combiners.agreement import check_agreement
from mkrefs_detector.combiners.blocks import Combined, Source, combine_arrays
from mkrefs_detector.combiners.measured import (
    CONTRIBUTIONS,
    ERR,
    ERRORS_OF,
    SAMPLES,
    errors_of,
    measured_rows,
    sample_rows,
)
from mkrefs_detector.combiners.methods import ErrorFactor, Method
from mkrefs_detector.combiners.tables import combine_tables

#: Gives the method by which individuals are combined.
MethodFor = Callable[[Sequence[ReferenceData]], Method]


def combine_individuals(
    individuals: Sequence[ReferenceData],
    method_for: MethodFor,
    *,
    name: str,
    error_factor: ErrorFactor | None = None,
) -> ReferenceData:
    """Combine the content of individual reference files.

    Floating-point arrays are combined by the method; ``err`` and ERR become the standard error of the result
    and NSAMPLES the sum over the individuals used; NCONTRIB is added up, and AVDRKERR, the error of a further
    array, propagated; other integer arrays are DQ and combined bitwise, as are the flags; tables must be
    equal. What is not finite, or has no measurement, does not count; where nothing counts the mean of the
    finite values stays, with ERR NaN and NSAMPLES 0. Extensions that are no maps of the pixels are averaged:
    small images, and tables as `mkrefs_detector.combiners.tables` says; those that differ are left out.

    Parameters
    ----------
    individuals : sequence of ReferenceData
        The content of the files; a single one passes unchanged.
    method_for : callable
        Gives the method for the individuals.
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
    arrays, extensions, gaps = _combine_images(individuals, method_for(individuals), error_factor)
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
    individuals: Sequence[ReferenceData], method: Method, error_factor: ErrorFactor | None
) -> tuple[dict[str, NDArray[Any]], dict[str, NDArray[Any]], int]:
    """Combine all arrays and extensions; count the values that have no measurement."""
    first = individuals[0]
    arrays: dict[str, NDArray[Any]] = {}
    extensions: dict[str, NDArray[Any]] = {}
    gaps = 0
    for key in (key for key in first.arrays if key != "err"):
        stack = [np.asarray(one.arrays[key]) for one in individuals]
        if stack[0].dtype.kind != "f":
            arrays[key] = _combine_flags_or_table(key, stack)
        elif key == _main_array(first):
            combined = combine_arrays(_main_source(stack, individuals), method, error_factor)
            arrays[key], gaps = combined.value, combined.gaps
            _place(combined, first, arrays, extensions)
        else:
            source = Source(stack, measured=measured_rows(individuals, stack[0].shape))
            arrays[key] = combine_arrays(source, method, None).value
    size = np.shape(first.arrays[_main_array(first)])[-2:] if first.arrays else ()
    for key in [name for name in first.extensions if name not in extensions]:
        stack = [np.asarray(one.extensions[key]) for one in individuals]
        if stack[0].dtype.names is not None:
            continue
        if stack[0].dtype.kind == "f" and stack[0].shape[-2:] != size:
            extensions[key] = _combine_small(stack)
        elif key == CONTRIBUTIONS:
            extensions[key] = reduce(np.add, stack[1:], stack[0].astype(np.uint32))
        elif stack[0].dtype.kind != "f":
            extensions[key] = _combine_flags_or_table(key, stack)
        else:
            extensions[key] = _combine_extension(key, stack, individuals, method, error_factor)
    return arrays, extensions, gaps


def _main_source(stack: Sequence[NDArray[Any]], individuals: Sequence[ReferenceData]) -> Source:
    """Give the array that errors and samples belong to, with these."""
    errors = [errors_of(one) for one in individuals]
    return Source(
        stack,
        errors=[each for each in errors if each is not None] or None,
        measured=measured_rows(individuals, stack[0].shape),
        samples=sample_rows(individuals),
    )


def _combine_small(stack: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """Average images that are no maps of the pixels."""
    small = np.stack(stack).astype(np.float64)
    known = np.isfinite(small)
    total, number = np.where(known, small, 0.0).sum(axis=0), known.sum(axis=0)
    mean = np.where(number > 0, total / np.maximum(number, 1), np.nan)
    return mean.astype(stack[0].dtype.newbyteorder("="))


def _combine_extension(
    key: str,
    stack: Sequence[NDArray[Any]],
    individuals: Sequence[ReferenceData],
    method: Method,
    error_factor: ErrorFactor | None,
) -> NDArray[Any]:
    """Combine maps among the extensions; propagate errors as their values are combined."""
    measured = measured_rows(individuals, stack[0].shape)
    if ERRORS_OF.get(key) not in individuals[0].arrays:
        return combine_arrays(Source(stack, measured=measured), method, None).value
    values = [np.asarray(one.arrays[ERRORS_OF[key]]) for one in individuals]
    source = Source(values, errors=stack, measured=measured, known_errors=True)
    return np.asarray(combine_arrays(source, method, error_factor).error)


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
    combined: Combined,
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


def _combine_flags_or_table(name: str, stack: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """Combine DQ bitwise; anything else must be the same in all individuals."""
    if stack[0].dtype.kind in "bui":
        return reduce(np.bitwise_or, stack[1:], stack[0].astype(stack[0].dtype.newbyteorder("=")))
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
