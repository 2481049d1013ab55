"""The limits that come with mkrefs: tables by instrument, each entry with its source."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, model_validator

#: The table that holds for all instruments; the others have the names of theirs.
_COMMON = "common"
_INSTRUMENTS = ("nircam", "niriss", "nirspec", "fgs", "miri")


class LimitEntry(BaseModel):
    """Limits of one check, as a table gives them.

    Attributes
    ----------
    reftypes : tuple of str
        Reference types they hold for.
    check : str
        Name of the check.
    values : mapping of str to object
        The limits by name.
    source : str
        Key of ``sources`` in the same table.
    detectors : tuple of str
        The detectors they hold for; empty for all of the instrument.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    reftypes: tuple[str, ...]
    check: str
    values: Mapping[str, Any]
    source: str
    detectors: tuple[str, ...] = ()

    def holds_for(self, reftype: str, detector: str) -> bool:
        """Tell whether the entry is for files of a type and detector."""
        return reftype in self.reftypes and (not self.detectors or detector in self.detectors)


class LimitTable(BaseModel):
    """One table of limits.

    Attributes
    ----------
    version : int
        Counts up whenever a value changes.
    instrument : str
        As INSTRUME spells it; empty for all.
    sources : mapping of str to str
        Where values come from, by a word that the entries use.
    limits : tuple of LimitEntry
        Later ones win.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int
    sources: Mapping[str, str]
    limits: tuple[LimitEntry, ...]
    instrument: Literal["", "NIRCAM", "NIRISS", "NIRSPEC", "FGS", "MIRI"] = ""

    @model_validator(mode="after")
    def _every_source_is_named(self) -> "LimitTable":
        unnamed = sorted({entry.source for entry in self.limits} - set(self.sources))
        if unnamed:
            raise ValueError(f"the source {unnamed[0]!r} is not explained")
        return self


@dataclass(frozen=True, slots=True)
class TableLimit:
    """A value from a table, and the words that say where it comes from."""

    value: Any
    source: str


@cache
def limit_tables() -> Mapping[str, LimitTable]:
    """Give all tables by name: that for all instruments first."""
    import yaml

    folder = files("mkrefs.gate") / "limits"
    texts = {name: (folder / f"{name}.yml").read_text(encoding="utf-8") for name in (_COMMON, *_INSTRUMENTS)}
    return MappingProxyType(
        {name: LimitTable.model_validate(yaml.safe_load(text)) for name, text in texts.items()}
    )


def tables_for(instrument: str) -> dict[str, int]:
    """Give the versions of the tables that hold for an instrument, by their names."""
    tables = limit_tables().items()
    return {name: table.version for name, table in tables if table.instrument in ("", instrument)}


def limits_from_tables(check: str, reftype: str, instrument: str, detector: str) -> dict[str, TableLimit]:
    """Look up the limits of a check for files of a type, instrument and detector.

    Parameters
    ----------
    check : str
        Name of the check.
    reftype : str
        Name of the type in CRDS, in lower case.
    instrument, detector : str
        As INSTRUME and DETECTOR spell them.

    Returns
    -------
    dict of str to TableLimit
        By name of the limit; those of the instrument win over those for all, later ones over earlier ones.
    """
    found: dict[str, TableLimit] = {}
    for name in tables_for(instrument):
        table = limit_tables()[name]
        for entry in table.limits:
            if entry.check == check and entry.holds_for(reftype, detector):
                source = f"{name} {table.version}: {table.sources[entry.source]}"
                found |= {limit: TableLimit(value, source) for limit, value in entry.values.items()}
    return found
