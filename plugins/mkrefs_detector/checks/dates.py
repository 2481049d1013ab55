"""Whether PEDIGREE and USEAFTER suit the days on which the exposures were taken."""

import re
from collections.abc import Iterator
from datetime import datetime

from mkrefs.api import Check, CheckedFile, CheckLimits, Finding, parameter

_DAY = r"(\d{4}-\d\d-\d\d)"
_INFLIGHT = re.compile(rf"INFLIGHT {_DAY} {_DAY}")
_MOMENT = "%Y-%m-%dT%H:%M:%S"


class DatesLimits(CheckLimits):
    """The limits of `Dates`."""

    launch: str = parameter("2021-12-25", "The day from which on data can be INFLIGHT, as YYYY-MM-DD.")


class Dates(Check):
    """PEDIGREE covers the days on which the exposures were taken, and USEAFTER is not after them."""

    name = "dates"
    Limits = DatesLimits

    def check(self, file: CheckedFile, limits: DatesLimits) -> Iterator[Finding]:
        """Compare with the days of the exposures, where these are known."""
        known = file.made_from.keywords.get("DATE-OBS", ()) if file.made_from else ()
        days = sorted(day[:10] for day in known)
        source = f", as {file.made_from.source} says" if file.made_from else ""
        match = _INFLIGHT.fullmatch(file.text("PEDIGREE"))
        if match:
            yield from self._of_pedigree(match[1], match[2], days, limits.launch, source)
        yield from self._of_useafter(file.text("USEAFTER"), days, source)

    def _of_useafter(self, text: str, days: list[str], source: str) -> Iterator[Finding]:
        where = "header: USEAFTER"
        useafter = text[:10]
        if text and not _is_moment(text.replace(" ", "T")):
            yield self.error(f"USEAFTER is '{text}'", where, "a date and time as 2022-01-01T00:00:00")
        elif days and useafter > days[-1]:
            what = (
                f"USEAFTER is {useafter}, after the last of the exposures it is made from, {days[-1]}{source}"
            )
            yield self.warning(f"{what}: CRDS will not give it to them", where, f"{days[0]} or before")

    def _of_pedigree(
        self, first: str, last: str, days: list[str], launch: str, source: str
    ) -> Iterator[Finding]:
        where = "header: PEDIGREE"
        if first < launch or last < first:
            what = f"PEDIGREE says INFLIGHT from {first} to {last}"
            yield self.error(what, where, f"two days from {launch} on, the earlier one first")
        elif days and not (first <= days[0] and days[-1] <= last):
            taken = f"the exposures were taken from {days[0]} to {days[-1]}{source}"
            what = f"PEDIGREE says INFLIGHT {first} {last}, {taken}"
            yield self.warning(what, where, f"INFLIGHT {days[0]} {days[-1]}")


def _is_moment(text: str) -> bool:
    try:
        return datetime.strptime(text, _MOMENT).strftime(_MOMENT) == text
    except ValueError:
        return False
