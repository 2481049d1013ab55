"""The limits of checks: of each reference type in the main section, of one label in its own."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from mkrefs.config.marks import Node
from mkrefs.config.problems import Problem, did_you_mean
from mkrefs.config.validate import validate
from mkrefs.contract.checks import Check, Limits
from mkrefs.contract.creator import AnyCreator


@dataclass(frozen=True, slots=True)
class LimitReader:
    """Reads limits; holds what they are judged by.

    Attributes
    ----------
    checks : mapping of str to Check class
        The installed checks; if there are none, names and values are not judged.
    creators : mapping of str to Creator class
        The installed creators, which may name checks that are not for their type otherwise.
    """

    checks: Mapping[str, type[Check]] = field(default_factory=dict)
    creators: Mapping[str, type[AnyCreator]] = field(default_factory=dict)

    def read(self, node: Node, key: str, reftype: str) -> tuple[Limits, list[Problem]]:
        """Read the limits for one reference type.

        Parameters
        ----------
        node : Node
            Limits by check.
        key : str
            Name of the section, for messages.
        reftype : str
            The reference type.

        Returns
        -------
        mapping of str to mapping of str to object
            Those that are given, by check, as JSON values.
        list of Problem
            All mistakes.
        """
        limits: dict[str, dict[str, Any]] = {}
        problems: list[Problem] = []
        for name, entry in node.without_empty().entries.items():
            wrong = self._wrong_name(name, reftype)
            if wrong:
                problems.append(entry.problem(f"{key}.{name}", wrong))
            elif name in self.checks:
                value, found = validate(self.checks[name].Limits, entry, f"{key}.{name}")
                problems += found
                if value is not None:
                    limits[name] = value.model_dump(mode="json", include=value.model_fields_set)
        return MappingProxyType(limits), problems

    def _wrong_name(self, name: str, reftype: str) -> str:
        if not self.checks:
            return ""
        named = {check for each in self.creators.values() if each.reftype == reftype for check in each.checks}
        allowed = [each for each, check in self.checks.items() if check.is_for(reftype) or each in named]
        if name in allowed:
            return ""
        what = (
            f"'{name}' is not made of {reftype} files"
            if name in self.checks
            else f"there is no check '{name}'"
        )
        return f"{what}; {did_you_mean(name, allowed) if allowed else 'there is none that is'}"


def read_type_limits(node: Node | None, reader: LimitReader, problems: list[Problem]) -> Mapping[str, Limits]:
    """Read the main section: limits by reference type and check."""
    limits: dict[str, Limits] = {}
    for reftype, entry in node.without_empty().entries.items() if node is not None else ():
        limits[reftype], found = reader.read(entry, f"checks.{reftype}", reftype)
        problems += found
    return MappingProxyType(limits)
