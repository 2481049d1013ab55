"""The time of an exposure, as MJD, from the keywords that ground-test and flight headers have."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from mkrefs.catalog.rules import CatalogRules

#: MJD of the start of the exposure in flight headers.
START_KEYWORD = "EXPSTART"
#: What may tell it where neither the configured keywords nor `START_KEYWORD` do, in this order.
FURTHER_KEYWORDS = ("DATE-BEG", "DATE-OBS", "TIME-OBS", "MJD-BEG", "MJD-AVG")

_ZERO = datetime(1858, 11, 17, tzinfo=UTC)
_SECONDS_PER_DAY = 86400.0


def find_mjd(keywords: Mapping[str, Any], rules: CatalogRules) -> float | None:
    """Find the MJD of an exposure.

    Looked at in this order, the first that has a value counts: the MJD keyword; the date keyword, if it
    holds a full date-time; date and time keywords together; EXPSTART; a date alone, if the configuration
    names no time keyword; DATE-BEG; DATE-OBS with TIME-OBS; MJD-BEG; MJD-AVG.

    Parameters
    ----------
    keywords : mapping of str to object
        Header values by keyword.
    rules : CatalogRules
        The names of the keywords.

    Returns
    -------
    float or None
        MJD in days; None if no keyword gives one.
    """
    date = _get(keywords, rules.dateobs_fitskey)
    candidates = [_number(_get(keywords, rules.mjdobs_fitskey))]
    if isinstance(date, str):
        has_time = len(date) > len("YYYY-MM-DD")
        candidates.append(_mjd(date if has_time else f"{date}T{_get(keywords, rules.timeobs_fitskey)}"))
    candidates.append(_number(keywords.get(START_KEYWORD)))
    if isinstance(date, str) and not rules.timeobs_fitskey:
        candidates.append(_mjd(date))
    candidates += _further(keywords)
    return next((mjd for mjd in candidates if mjd is not None), None)


def looked_for(rules: CatalogRules) -> str:
    """Name the keywords that `find_mjd` looks at."""
    keys = dict.fromkeys(key.upper() for key in (*rules.time_keywords, START_KEYWORD, *FURTHER_KEYWORDS))
    return ", ".join(keys)


def _further(keywords: Mapping[str, Any]) -> list[float | None]:
    begin, date, time, first, middle = (keywords.get(key) for key in FURTHER_KEYWORDS)
    texts = (begin if isinstance(begin, str) else "", f"{date}T{time}")
    return [*(_mjd(text) for text in texts), _number(first), _number(middle)]


def _get(keywords: Mapping[str, Any], key: str | None) -> Any:
    return keywords.get(key.upper()) if key else None


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) and number > 0 else None


def _mjd(text: str) -> float | None:
    """Read an ISO date, or date and time (UTC unless it says otherwise)."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _ZERO).total_seconds() / _SECONDS_PER_DAY
