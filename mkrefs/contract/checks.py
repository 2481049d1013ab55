"""A check judges one aspect of a finished reference file against limits, and tells what it finds."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from mkrefs.contract.parameters import Parameters, parameter

#: Limits by check and name.
Limits = Mapping[str, Mapping[str, Any]]
#: Among the reference types of a check: it is for files of every type.
EVERY_TYPE = "*"


class Severity(StrEnum):
    """How bad a finding is: an error fails the file, a warning is for somebody to look at."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a check found.

    Attributes
    ----------
    severity : Severity
        Whether it fails the file.
    check : str
        Name of the check.
    what : str
        What was found, with its value: a sentence, without a full stop.
    where : str
        Array, pixel or keyword.
    limit : str
        What would be right.
    """

    severity: Severity
    check: str
    what: str
    where: str = ""
    limit: str = ""


@dataclass(frozen=True, slots=True)
class MadeFrom:
    """What is known of the exposures that a file was made from.

    Attributes
    ----------
    keywords : mapping of str to tuple of str
        All values that occur, by FITS keyword, in capitals; a keyword of which nothing is known is absent.
    source : str
        Who says so: ``the manifest beside it``.
    label : str
        The label that made it; empty if that is not known.
    """

    keywords: Mapping[str, tuple[str, ...]]
    source: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A reference file as it lies on the disk, whoever made it.

    Attributes
    ----------
    name : str
        Name of the file.
    reftype : str
        Its reference type by the name that CRDS gives it, in lower case.
    headers : mapping of str to mapping of str to object
        Values by EXTNAME (``PRIMARY`` for the first) and keyword.
    images : mapping of str to ndarray
        Arrays by EXTNAME; each is read when it is asked for.
    tables : mapping of str to structured ndarray
        Tables by EXTNAME, likewise.
    history : tuple of str
        Lines of HISTORY.
    made_from : MadeFrom or None
        Of the exposures; None if nothing tells of them.
    """

    name: str
    reftype: str
    headers: Mapping[str, Mapping[str, Any]]
    images: Mapping[str, NDArray[Any]]
    tables: Mapping[str, NDArray[np.void]]
    history: tuple[str, ...] = ()
    made_from: MadeFrom | None = None

    def text(self, keyword: str) -> str:
        """Give a keyword of the first header as text in capitals; empty if it is not there."""
        return str(self.headers["PRIMARY"].get(keyword, "")).strip().upper()

    def number(self, keyword: str) -> int | None:
        """Give a keyword of the first header as a whole number; None if it is not there or is none."""
        value = self.headers["PRIMARY"].get(keyword)
        return int(value) if isinstance(value, int | float) and float(value).is_integer() else None


class CheckLimits(Parameters):
    """The limits that every check has; the base class of a check's own."""

    severity: Literal["error", "warning", "ignore"] = parameter(
        "error",
        "What becomes of errors of this check: they stay errors, become warnings, or the check is not done.",
    )


class Check(ABC):
    """Base class of all checks; a plugin subclasses it and registers the class.

    Attributes
    ----------
    name : str
        What reports and configurations call it.
    reftypes : tuple of str
        The reference types it is for; `EVERY_TYPE` for all. Empty: only where a creator names it.
    Limits : type
        The declared limits. Those whose default is None are not checked unless something sets them.
    """

    name: ClassVar[str]
    reftypes: ClassVar[tuple[str, ...]] = (EVERY_TYPE,)
    Limits: ClassVar[type[CheckLimits]] = CheckLimits

    @abstractmethod
    def check(self, file: CheckedFile, limits: Any) -> Iterable[Finding]:
        """Look at a file.

        Parameters
        ----------
        file : CheckedFile
            The file; its arrays are read-only.
        limits : CheckLimits
            An instance of the check's own ``Limits``: the values in force for this file.

        Returns
        -------
        iterable of Finding
            What is wrong; nothing if the file passes.
        """

    @classmethod
    def is_for(cls, reftype: str) -> bool:
        """Tell whether the check is made of files of a type without being named."""
        return EVERY_TYPE in cls.reftypes or reftype in cls.reftypes

    def error(self, what: str, where: str = "", limit: str = "") -> Finding:
        """Give a finding of this check that fails the file."""
        return Finding(Severity.ERROR, self.name, what, where, limit)

    def warning(self, what: str, where: str = "", limit: str = "") -> Finding:
        """Give a finding of this check that somebody should look at."""
        return Finding(Severity.WARNING, self.name, what, where, limit)


def merged_limits(*layers: Limits) -> dict[str, dict[str, Any]]:
    """Lay limits over one another, limit by limit; later layers win."""
    merged: dict[str, dict[str, Any]] = {}
    for layer in layers:
        for check, limits in layer.items():
            merged[check] = {**merged.get(check, {}), **limits}
    return merged
