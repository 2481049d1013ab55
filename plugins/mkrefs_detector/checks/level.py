"""Whether values have the right unit, size and sign."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import Check, CheckedFile, CheckLimits, Finding, parameter
from mkrefs_detector.checks.pixels import main_array, share
from mkrefs_detector.checks.values import Values, values_of


class UnitLimits(CheckLimits):
    """What `unit` may be set to."""

    allowed: tuple[str, ...] = parameter((), "Units that are right, in any capitalisation; any if empty.")
    same: tuple[str, ...] = parameter((), "Other spellings of these: a warning.")
    required: bool = parameter(False, "Whether the file must say its unit.")


class Unit(Check):
    """BUNIT is the unit that the type is in."""

    name = "unit"
    Limits = UnitLimits

    def check(self, file: CheckedFile, limits: UnitLimits) -> Iterator[Finding]:
        """Compare BUNIT of the main array, or of the first header, and of its error."""
        if not limits.allowed:
            return
        right, same = ({_plain(unit) for unit in units} for units in (limits.allowed, limits.same))
        limit = " or ".join(limits.allowed) if all(limits.allowed) else "no unit"
        name = main_array(file)
        units = {
            each: file.headers[each].get("BUNIT") for each in (name, "ERR", "PRIMARY") if each in file.headers
        }
        if limits.required and not any(units.get(each) for each in (name, "PRIMARY")):
            yield self.error("the file does not say in which unit it is", "header: BUNIT", limit)
        for each, unit in units.items():
            if unit and _plain(str(unit)) not in right:
                tell = self.warning if _plain(str(unit)) in same else self.error
                yield tell(f"the unit is '{str(unit).strip()}'", f"{each}: BUNIT", limit)


def _plain(unit: str) -> str:
    return unit.strip().upper().replace(" ", "")


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
        """Compare the median of the last plane, then count values outside."""
        values = values_of(file)
        if values is None:
            return
        last = _judged(values.last_plane(), limits)
        if last.size > values.usable.sum() / 2:
            found = tuple(self._median(values, float(np.median(last)), limits))
            yield from found or self._outside(values, limits)

    def _outside(self, values: Values, limits: RangeLimits) -> Iterator[Finding]:
        low = -np.inf if limits.low is None else limits.low
        high = np.inf if limits.high is None else limits.high
        if not np.isfinite([low, high]).any():
            return
        judged = (_judged(plane, limits) for plane in values.finite())
        outside = sum(int(np.count_nonzero((plane < low) | (plane > high))) for plane in judged)
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
        negative = zero = 0
        for plane in values.finite():
            negative += int(np.count_nonzero(plane < 0))
            zero += int(np.count_nonzero(plane == 0)) if limits.zero_is_wrong else 0
        if negative + zero > limits.most * values.count:
            kind = "not positive" if negative and zero else "negative" if negative else "zero"
            right = "not positive" if limits.zero_is_wrong else "negative"
            what = f"{share(negative + zero, values.count)} of the usable values are {kind}"
            limit = f"at most {share(limits.most, 1)} {right}" if limits.most else f"none {right}"
            yield self.error(what, values.name, limit)


def _judged(values: NDArray[np.float64], limits: RangeLimits) -> NDArray[np.float64]:
    """Give the values whose size is judged: where none may be negative, those of wrong sign are not."""
    return values if limits.low is None or limits.low < 0 else values[values > 0]


def _beyond(value: float, low: float | None, high: float | None) -> bool:
    return (low is not None and value < low) or (high is not None and value > high)


def _interval(low: float | None, high: float | None) -> str:
    if low is None:
        return f"up to {high:g}"
    return f"from {low:g}" if high is None else f"{low:g} to {high:g}"
