"""Which checks a file undergoes, and the limits in force: its own, those of the tables, and one's own."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from mkrefs.contract.checks import Check, CheckLimits, Limits
from mkrefs.gate.limit_tables import limits_from_tables

#: Who sets a limit that neither the check nor a table does.
CONFIGURED = "configuration or label"


@dataclass(frozen=True, slots=True)
class GateRules:
    """What files are held to.

    Attributes
    ----------
    checks : mapping of str to Check class
        All that are installed, by name.
    names : tuple of str or None
        Those to be made; None for the ones that are for a file's type.
    limits : mapping of str to mapping of str to object
        By check, limits that win over those of the tables.
    """

    checks: Mapping[str, type[Check]]
    names: tuple[str, ...] | None = None
    limits: Limits = field(default_factory=dict)

    def names_for(self, reftype: str) -> tuple[str, ...]:
        """Name the checks that a file of a type undergoes."""
        return checks_of(self.checks, reftype) if self.names is None else self.names

    def in_force(
        self, name: str, reftype: str, instrument: str, detector: str
    ) -> tuple[CheckLimits, dict[str, str]]:
        """Give the limits of a check for a file, and the sources of those that are not the check's own."""
        tables = limits_from_tables(name, reftype, instrument, detector)
        own = self.limits.get(name, {})
        values = {limit: entry.value for limit, entry in tables.items()} | dict(own)
        sources = {limit: entry.source for limit, entry in tables.items()} | dict.fromkeys(own, CONFIGURED)
        return self.checks[name].Limits.model_validate(values), sources


def checks_of(
    checks: Mapping[str, type[Check]], reftype: str, further: Iterable[str] = ()
) -> tuple[str, ...]:
    """Name the checks for a type, and further ones, each once.

    Parameters
    ----------
    checks : mapping of str to Check class
        All that are installed.
    reftype : str
        The reference type.
    further : iterable of str
        Names of checks that are made besides.

    Returns
    -------
    tuple of str
    """
    return tuple(
        dict.fromkeys((*(name for name, check in checks.items() if check.is_for(reftype)), *further))
    )
