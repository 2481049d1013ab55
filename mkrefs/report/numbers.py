"""Numbers as words of a report."""

import math
from collections.abc import Sequence

#: What stands where there is no number.
NONE = "–"


def number(value: float | None, digits: int = 4) -> str:
    """Give a number with a few significant digits; a dash for one that is not finite or not there."""
    if value is None or not math.isfinite(value):
        return NONE
    if 10**digits <= abs(value) < 10**7:
        return f"{value:,.0f}"
    mantissa, _, exponent = f"{value:.{digits}g}".partition("e")
    return f"{mantissa}e{int(exponent)}" if exponent else mantissa


def quantity(value: float | None, unit: str) -> str:
    """Give a number with its unit, if it has one."""
    return f"{number(value)} {unit}" if unit and value is not None and math.isfinite(value) else number(value)


def count(value: int) -> str:
    """Give a whole number with its thousands apart."""
    return f"{value:,}"


def percent(share: float | None) -> str:
    """Give a share in per cent."""
    return NONE if share is None or not math.isfinite(share) else f"{number(100 * share, 3)} %"


def plural(value: int, noun: str) -> str:
    """Give a number with its noun."""
    return f"{count(value)} {noun}{'' if value == 1 else 's'}"


def duration(seconds: float | None) -> str:
    """Give a time in the unit that suits it."""
    if seconds is None:
        return NONE
    if seconds < 100:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def memory(size: int) -> str:
    """Give bytes of memory in the unit that suits them; nothing of 0, which says that they are not known."""
    if not size:
        return NONE
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"


def listed(words: Sequence[str]) -> str:
    """Give words as in a sentence: a, b and c."""
    return " and ".join(part for part in (", ".join(words[:-1]), *words[-1:]) if part)
