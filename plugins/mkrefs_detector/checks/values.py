"""Whether values are numbers, in the right unit, of the right size and sign."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import Check, CheckedFile, CheckLimits, Finding, parameter
from mkrefs_detector.checks.pixels import NO_MAPS, PLANE, Flags, main_array, planes, share, usable_pixels


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
            yield _finite(plane[self.usable])

    def last_plane(self) -> NDArray[Any]:
        """Give the finite values that count of the last plane: of a dark, the last group."""
        return _finite(self.array.reshape(-1, *self.array.shape[-2:])[-1][self.usable])


def values_of(file: CheckedFile) -> Values | None:
    """Give the main array of a file; None if it has none of numbers, or no pixel counts."""
    name = main_array(file)
    array = file.images.get(name)
    if array is None or array.ndim < PLANE or array.dtype.kind not in "iuf" or array.size == 0:
        return None
    maps = file.reftype not in NO_MAPS
    usable = usable_pixels(file, array.shape) if maps else np.ones(array.shape[-2:], np.bool_)
    return Values(name, array, usable) if usable.any() else None


class FiniteLimits(CheckLimits):
    """What `finite` may be set to."""

    least: float = parameter(0.99, "Smallest share of the values that must be finite.", gt=0, le=1)


class Finite(Check):
    """The values of all usable pixels are finite, and no column of a table is without finite values."""

    name = "finite"
    Limits = FiniteLimits

    def check(self, file: CheckedFile, limits: FiniteLimits) -> Iterator[Finding]:
        """Count finite values."""
        limit = f"at least {share(limits.least, 1)} of the usable values finite"
        values = values_of(file)
        if values is not None:
            found = sum(plane.size for plane in values.finite())
            if found < limits.least * values.count:
                number = f"only {share(found, values.count)} of the usable values are"
                what = number if found else f"none of the {values.count} usable values is"
                yield self.error(f"{what} finite", values.name, limit)
        for name, table in file.tables.items():
            for column in table.dtype.names or ():
                numbers = table[column]
                if numbers.dtype.kind == "f" and numbers.size and not np.isfinite(numbers).any():
                    yield self.error("no value of the column is finite", f"{name}.{column}", "finite values")


class UnitLimits(CheckLimits):
    """What `unit` may be set to."""

    allowed: tuple[str, ...] = parameter((), "Units that are right, in any capitalisation; any if empty.")
    required: bool = parameter(False, "Whether the file must say its unit.")


class Unit(Check):
    """BUNIT is the unit that the type is in."""

    name = "unit"
    Limits = UnitLimits

    def check(self, file: CheckedFile, limits: UnitLimits) -> Iterator[Finding]:
        """Compare BUNIT of the main array, or of the first header, and of its error."""
        if not limits.allowed:
            return
        right = {_plain(unit) for unit in limits.allowed}
        limit = " or ".join(limits.allowed)
        name = main_array(file)
        units = {
            each: file.headers[each].get("BUNIT") for each in (name, "ERR", "PRIMARY") if each in file.headers
        }
        if limits.required and not any(units.get(each) for each in (name, "PRIMARY")):
            yield self.error("the file does not say in which unit it is", "header: BUNIT", limit)
        for each, unit in units.items():
            if unit and _plain(str(unit)) not in right:
                yield self.error(f"the unit is '{str(unit).strip()}'", f"{each}: BUNIT", limit)


class RangeLimits(CheckLimits):
    """What `range` may be set to; all in the unit of the array."""

    low: float | None = parameter(None, "Smallest value that a pixel can have.")
    high: float | None = parameter(None, "Largest value that a pixel can have.")
    outside: float = parameter(
        0.05, "Largest share of the values that may lie outside of `low` to `high`.", ge=0, lt=1
    )
    median_low: float | None = parameter(None, "Smallest median that is possible.")
    median_high: float | None = parameter(None, "Largest median that is possible.")
    usual_low: float | None = parameter(None, "A median below this is unusual: a warning.")
    usual_high: float | None = parameter(None, "A median above this is unusual: a warning.")


class Range(Check):
    """The values are physically possible, and their median is that of a working detector."""

    name = "range"
    Limits = RangeLimits

    def check(self, file: CheckedFile, limits: RangeLimits) -> Iterator[Finding]:
        """Count values outside, and compare the median of the last plane."""
        values = values_of(file)
        if values is None:
            return
        yield from self._outside(values, limits)
        last = values.last_plane()
        if last.size:
            yield from self._median(values, float(np.median(last)), limits)

    def _outside(self, values: Values, limits: RangeLimits) -> Iterator[Finding]:
        low = -np.inf if limits.low is None else limits.low
        high = np.inf if limits.high is None else limits.high
        if not np.isfinite([low, high]).any():
            return
        outside = sum(int(np.count_nonzero((plane < low) | (plane > high))) for plane in values.finite())
        if outside > limits.outside * values.count:
            interval = _interval(limits.low, limits.high)
            what = f"{share(outside, values.count)} of the usable values lie outside of {interval}"
            yield self.error(what, values.name, f"at most {share(limits.outside, 1)} outside of {interval}")

    def _median(self, values: Values, median: float, limits: RangeLimits) -> Iterator[Finding]:
        if _beyond(median, limits.median_low, limits.median_high):
            limit = f"median {_interval(limits.median_low, limits.median_high)}"
            yield self.error(f"the median of the usable values is {median:.4g}", values.name, limit)
        elif _beyond(median, limits.usual_low, limits.usual_high):
            limit = f"usually {_interval(limits.usual_low, limits.usual_high)}"
            yield self.warning(f"the median of the usable values is {median:.4g}", values.name, limit)


class SignLimits(CheckLimits):
    """What `sign` may be set to."""

    most: float | None = parameter(
        None, "Largest share of the values that may have the wrong sign.", ge=0, lt=1
    )
    zero_is_wrong: bool = parameter(False, "Whether zero counts as a wrong sign: for what must be positive.")


class Sign(Check):
    """The values are not negative; where the limits say so, they are positive."""

    name = "sign"
    Limits = SignLimits

    def check(self, file: CheckedFile, limits: SignLimits) -> Iterator[Finding]:
        """Count values of the wrong sign."""
        values = values_of(file)
        if limits.most is None or values is None:
            return
        wrong = sum(
            int(np.count_nonzero(plane <= 0 if limits.zero_is_wrong else plane < 0))
            for plane in values.finite()
        )
        if wrong > limits.most * values.count:
            kind = "not positive" if limits.zero_is_wrong else "negative"
            limit = f"at most {share(limits.most, 1)} {kind}"
            yield self.error(
                f"{share(wrong, values.count)} of the usable values are {kind}", values.name, limit
            )


def _finite(values: NDArray[Any]) -> NDArray[Any]:
    finite: NDArray[Any] = values[np.isfinite(values)]
    return finite


def _plain(unit: str) -> str:
    return unit.strip().upper().replace(" ", "")


def _beyond(value: float, low: float | None, high: float | None) -> bool:
    return (low is not None and value < low) or (high is not None and value > high)


def _interval(low: float | None, high: float | None) -> str:
    if low is None:
        return f"up to {high:g}"
    return f"from {low:g}" if high is None else f"{low:g} to {high:g}"
