"""What is wrong with a configuration: one value for each mistake, and the error that carries them all."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from mkrefs.errors import UserError

#: Where a value comes from that no file gives.
COMMAND_LINE = "command line"


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake.

    Attributes
    ----------
    source : str
        Name of the file as it was given, or the command-line option.
    line : int
        Line in the file, from 1; 0 if the source has no lines.
    key : str
        The key with its section (``output.runID``); empty if the mistake belongs to no key.
    message : str
        What is wrong, and what is allowed.
    """

    source: str
    line: int
    key: str
    message: str

    def __str__(self) -> str:
        where = f"{self.source}:{self.line}" if self.line else self.source
        last = self.key.rpartition(".")[2]
        said = self.source.startswith(COMMAND_LINE) and self.source.replace("-", "_").endswith(last)
        return f"{where}: {self.message}" if said or not self.key else f"{where}: {self.key}: {self.message}"

    @property
    def order(self) -> tuple[bool, str, int, str]:
        """Sort key: files by name and line, the command line last."""
        return self.source.startswith(COMMAND_LINE), self.source, self.line, self.key


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value of the configuration was given: file, line and key, as in `Problem`."""

    source: str
    line: int
    key: str

    def problem(self, message: str) -> Problem:
        """Say what is wrong with the value."""
        return Problem(self.source, self.line, self.key, message)


class ConfigError(UserError):
    """Everything that is wrong with a configuration, one problem a line.

    Attributes
    ----------
    problems : tuple of Problem
        Sorted by file and line.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(
            sorted(dict.fromkeys(problems), key=lambda each: each.order)
        )
        super().__init__("\n".join(str(problem) for problem in self.problems))


def nearest(word: str, names: Iterable[str], cutoff: float = 0.6) -> str | None:
    """Find the name most like a word, in any capitalisation, or None if none is near."""
    by_lower = {name.lower(): name for name in names}
    found = get_close_matches(word.lower(), by_lower, n=1, cutoff=cutoff)
    return by_lower[found[0]] if found else None


def did_you_mean(word: str, names: Sequence[str]) -> str:
    """Propose the nearest of the allowed names, and list them all."""
    near = nearest(word, names)
    hint = f"did you mean '{near}'? " if near else ""
    return f"{hint}allowed: {', '.join(names)}"
