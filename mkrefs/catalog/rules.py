"""The rules by which input files become rows of the catalog: what the configuration's ``inputfiles`` says."""

import re
from dataclasses import dataclass, replace

from mkrefs.errors import UserError

_PATTERNS = ("dark_pattern", "flat_pattern", "basenamepattern")


@dataclass(frozen=True, slots=True)
class CatalogRules:
    """How files are named, typed and timed, and what their headers must hold.

    An empty pattern or keyword is the same as none.

    Attributes
    ----------
    dark_pattern, flat_pattern : str or None
        Regular expressions looked for in file names; a hit makes the file a dark, or a flat.
    basenamepattern : str or None
        Regular expression for the names of the files wanted; its first group, if any, is the name of the
        exposure.
    dateobs_fitskey, timeobs_fitskey, mjdobs_fitskey : str or None
        Keywords with the date (or full date-time), the time and the MJD of an exposure.
    requiredfitskeys, optionalfitskeys : tuple of str
        Keywords copied into the table; all files must hold the required ones.
    instrument : str or None
        Files of any other instrument are skipped; None takes all.

    Raises
    ------
    mkrefs.errors.UserError
        If a pattern is no regular expression.
    """

    dark_pattern: str | None = None
    flat_pattern: str | None = None
    basenamepattern: str | None = None
    dateobs_fitskey: str | None = None
    timeobs_fitskey: str | None = None
    mjdobs_fitskey: str | None = None
    requiredfitskeys: tuple[str, ...] = ()
    optionalfitskeys: tuple[str, ...] = ()
    instrument: str | None = None

    def __post_init__(self) -> None:
        for name in _PATTERNS:
            pattern = getattr(self, name)
            try:
                re.compile(pattern or "")
            except re.error as error:
                raise UserError(
                    f"inputfiles: {name}: {pattern!r} is not a regular expression ({error}); "
                    "write one as Python's re module reads it."
                ) from error

    def for_products(self) -> "CatalogRules":
        """Give the rules for pipeline products of known exposures: of any name, no keyword required."""
        optional = (*self.requiredfitskeys, *self.optionalfitskeys)
        return replace(self, basenamepattern=None, requiredfitskeys=(), optionalfitskeys=optional)

    @property
    def time_keywords(self) -> tuple[str, ...]:
        """The configured keywords of date, time and MJD."""
        keys = (self.mjdobs_fitskey, self.dateobs_fitskey, self.timeobs_fitskey)
        return tuple(key for key in keys if key)
