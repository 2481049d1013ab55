"""Where the ticks of an axis stand, and what is written at them."""

import math
from dataclasses import dataclass

#: Steps between ticks that are easy to read, in units of a power of ten.
_STEPS = (1, 2, 5, 10)


@dataclass(frozen=True, slots=True)
class Tick:
    """A tick: its place along the axis from 0 to 1, and its text."""

    place: float
    text: str


def linear_ticks(low: float, high: float, most: int = 5) -> tuple[Tick, ...]:
    """Give at most ``most`` + 1 ticks at round values between two limits, which differ."""
    span = high - low
    power = 10.0 ** math.floor(math.log10(span / (most + 1)))
    steps = (each * power for each in _STEPS)
    step, first, last = next(
        (step, first, last)
        for step in steps
        for first, last in ((math.ceil(low / step - 1e-6), math.floor(high / step + 1e-6)),)
        if last - first <= most
    )
    return tuple(
        Tick(min(1.0, max(0.0, (index * step - low) / span)), _text(index * step, step))
        for index in range(first, last + 1)
    )


def log_ticks(most: int) -> tuple[tuple[int, str], ...]:
    """Give powers of ten up to a number, at most six of them, with their texts."""
    powers = range(math.floor(math.log10(max(most, 1))) + 1)
    stride = math.ceil(len(powers) / 6)
    return tuple((10**power, _short(power)) for power in powers[::stride])


def _short(power: int) -> str:
    """Write a power of ten: 1, 10, 100, 1k ..."""
    thousands, rest = divmod(power, 3)
    return f"{10**rest}{('', 'k', 'M', 'G', 'T')[thousands]}"


def _text(value: float, step: float) -> str:
    """Write a value with as many digits as tell it from its neighbours."""
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    largest = max(abs(value), step)
    if value and (largest >= 1e6 or decimals > 4):
        digits = max(0, math.floor(math.log10(abs(value))) + decimals)
        mantissa, _, exponent = f"{value:.{digits}e}".partition("e")
        return f"{mantissa}e{int(exponent)}"
    return f"{0.0 if value == 0 else value:.{decimals}f}"
