"""What a user may set in the header of a reference file: checks that give the value, or say what is allowed.

Each raises ValueError with the rest of a sentence that begins with the name of the parameter.
"""

import re
from datetime import date, datetime

#: Value of USEAFTER that stands for the day of the first exposure.
FROM_DATES = "AUTO"
#: Value of PEDIGREE that stands for the days of the exposures, too.
INFLIGHT = "INFLIGHT"
_PEDIGREES = ("GROUND", "MODEL", "DUMMY", "SIMULATION")
_DATE = r"\d{4}-\d\d-\d\d"
_INFLIGHT = re.compile(rf"INFLIGHT ({_DATE}) ({_DATE})")
_DATE_AND_TIME = re.compile(rf"{_DATE}[T ]\d\d:\d\d:\d\d")


def fits_text(text: str) -> str:
    """Accept lines of what a FITS header can hold, printable ASCII; empty lines at the end are taken off."""
    for line in text.split("\n"):
        wrong = next((character for character in line if not " " <= character <= "~"), None)
        if wrong is not None:
            raise ValueError(
                f"{wrong!r} cannot be written in a FITS header; allowed are printable ASCII characters"
            )
    return text.rstrip("\n")


def fits_line(text: str) -> str:
    """Accept one line of what a FITS header can hold."""
    line = fits_text(text)
    if "\n" in line:
        raise ValueError("must be a single line")
    return line


def pedigree_text(text: str) -> str:
    """Accept a value of PEDIGREE as CRDS allows it, or INFLIGHT for the dates of the exposures."""
    allowed = f"must be {', '.join(_PEDIGREES)}, INFLIGHT, or INFLIGHT YYYY-MM-DD YYYY-MM-DD"
    match = _INFLIGHT.fullmatch(text)
    if match is None and text not in (*_PEDIGREES, INFLIGHT):
        raise ValueError(f"{allowed}, not {text!r}")
    if match is not None:
        try:
            first, last = map(date.fromisoformat, match.groups())
        except ValueError:
            raise ValueError(f"{allowed}, and {text!r} has a day that does not exist") from None
        if last < first:
            raise ValueError(f"{allowed}, the earlier day first, not {text!r}")
    return text


def inflight_days(pedigree: str) -> tuple[str, ...]:
    """Give the first and last day that a PEDIGREE says; none if it says none."""
    match = _INFLIGHT.fullmatch(pedigree)
    return match.groups() if match else ()


def useafter_text(text: str) -> str:
    """Accept a value of USEAFTER: a date and time that exist, to the second; or AUTO."""
    if text == FROM_DATES:
        return text
    try:
        if _DATE_AND_TIME.fullmatch(text):
            datetime.fromisoformat(text)
            return text
    except ValueError:
        pass  # falls through to the refusal
    raise ValueError(f"must be a date and time as YYYY-MM-DDTHH:MM:SS, or AUTO, not {text!r}")


def output_name(text: str) -> str:
    """Accept the bare name of a FITS file."""
    if "/" in text or not re.fullmatch(r".+\.fits", text):
        raise ValueError(f"must be the name of a file ending in .fits, without a directory, not {text!r}")
    return text
