"""Whether values are numbers, and not all the same one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import Check, CheckedFile, CheckLimits, Finding, parameter
from mkrefs_detector.checks.pixels import (
    NO_MAPS,
    NOT_MEASURED,
    PLANE,
    Flags,
    main_array,
    planes,
    share,
    usable_pixels,
)


@dataclass(frozen=True, slots=True)
class Values:
    """The main array of a file, with the pixels that count."""

    name: str
    array: NDArray[Any]
    usable: Flags

    @property
    def count(self) -> int:
        """Number of values that count."""
        return int(self.usable.sum()) * (self.array.size // self.usable.size)

    def finite(self) -> Iterator[NDArray[Any]]:
        """Give the finite values that count, plane by plane."""
        for plane in planes(self.array):
            yield finite_of(plane[self.usable])

    def last_plane(self) -> NDArray[Any]:
        """Give the finite values that count of the last plane: of a dark, the last group."""
        return finite_of(self.array.reshape(-1, *self.array.shape[-2:])[-1][self.usable])


def values_of(file: CheckedFile) -> Values | None:
    """Give the main array of a file; None if it has none of numbers, or no pixel counts."""
    name = main_array(file)
    array = file.images.get(name)
    if array is None or array.ndim < PLANE or array.dtype.kind not in "iuf" or array.size == 0:
        return None
    maps = file.reftype not in NO_MAPS
    usable = usable_pixels(file, array.shape) if maps else np.ones(array.shape[-2:], np.bool_)
    return Values(name, array, usable) if usable.any() else None


def finite_of(values: NDArray[Any]) -> NDArray[Any]:
    """Give the finite ones of some values."""
    finite: NDArray[Any] = values[np.isfinite(values)]
    return finite


class FiniteLimits(CheckLimits):
    """What `finite` may be set to."""

    least: float = parameter(
        0.99, "Smallest share of the values that must be finite, of all and of each plane.", gt=0, le=1
    )
    usual: float = parameter(0.0, "A smaller share than this is unusual: a warning.", ge=0, le=1)


class Finite(Check):
    """The values of all usable pixels are finite, and no column of a table is without finite values."""

    name = "finite"
    Limits = FiniteLimits

    def check(self, file: CheckedFile, limits: FiniteLimits) -> Iterator[Finding]:
        """Count finite values."""
        values = values_of(file)
        if values is not None:
            yield from self._map(values, limits)
        elif file.reftype in NO_MAPS:
            yield from self._arrays(file)
        for name, table in file.tables.items():
            for column in table.dtype.names or ():
                numbers = table[column]
                if numbers.dtype.kind == "f" and numbers.size and not np.isfinite(numbers).any():
                    yield self.error("no value of the column is finite", f"{name}.{column}", "finite values")

    def _map(self, values: Values, limits: FiniteLimits) -> Iterator[Finding]:
        of_plane = int(values.usable.sum())
        found = [plane.size for plane in values.finite()]
        number, total = sum(found), values.count
        if number < limits.least * total:
            many = f"only {share(number, total)} of the usable values are"
            what = many if number else f"none of the {total} usable values is"
            yield self.error(f"{what} finite", values.name, _of_the_usable(limits.least, "at least"))
        elif min(found) < limits.least * of_plane:
            what = f"only {share(min(found), of_plane)} of the usable values of this plane are finite"
            place = f"{values.name}{_plane(values.array.shape, int(np.argmin(found)))}"
            yield self.error(what, place, _of_the_usable(limits.least, "at least"))
        elif number < limits.usual * total:
            what = f"only {share(number, total)} of the usable values are finite"
            yield self.warning(what, values.name, _of_the_usable(limits.usual, "usually at least"))

    def _arrays(self, file: CheckedFile) -> Iterator[Finding]:
        for name, array in file.images.items():
            if array.dtype.kind in "fc" and array.size and not np.isfinite(array).any():
                yield self.error("none of its values is finite", name, "finite values")


def _of_the_usable(least: float, how: str) -> str:
    return f"{how} {share(least, 1)} of the usable values finite"


def _plane(shape: Sequence[int], number: int) -> str:
    """Name a plane by the indices before rows and columns."""
    return "".join(f"[{index}]" for index in np.unravel_index(number, shape[:-PLANE]))


class UniformLimits(CheckLimits):
    """What `uniform` may be set to."""

    least: int = parameter(16, "Number of usable values from which on they must differ.", ge=2)


class Uniform(Check):
    """The values differ from one another: a map of one value was not measured (a warning)."""

    name = "uniform"
    reftypes = ("dark", "flat", "readnoise", "superbias")
    Limits = UniformLimits

    def check(self, file: CheckedFile, limits: UniformLimits) -> Iterator[Finding]:
        """Compare all values with one."""
        values = values_of(file)
        if values is None or values.count < limits.least or file.text("PEDIGREE") in NOT_MEASURED:
            return
        if sum(plane.size for plane in values.finite()) < values.count / 2:
            return
        first = next(plane[0] for plane in values.finite() if plane.size)
        # what is not positive is a matter of its sign, but for a dark, whose level may be anything
        if (first > 0 or file.reftype == "dark") and all((plane == first).all() for plane in values.finite()):
            what = f"all usable values are {float(first):.4g}: no detector is that even"
            yield self.warning(what, values.name, f"measured values, or PEDIGREE {' or '.join(NOT_MEASURED)}")
