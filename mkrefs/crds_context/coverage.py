"""What a trial insertion tells, as values: which exposures change file, and what speaks against the files."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

#: What CRDS gives where a type is not needed.
NOT_NEEDED = "N/A"


class Kind(StrEnum):
    """What kind of finding it is; the first five stop a delivery.

    Attributes
    ----------
    REFUSED
        The file cannot be inserted: no reference file, a keyword missing, no rules for its type.
    OVERLAP
        Two categories match the same exposures and are equally good, or two new files have one place.
    LOSS
        Exposures had a file and would have none.
    UNUSED
        No exposure would ever get the file.
    UNKNOWN_VALUE
        A keyword has a value that no exposure has.
    UNCOVERED
        The type was not needed and now is: exposures that none of its files match are an error.
    REPLACED
        The file takes the place of one with the same values and USEAFTER.
    PRESENT
        The context has a file of the same content.
    """

    REFUSED = "refused"
    OVERLAP = "overlap"
    LOSS = "loss"
    UNUSED = "unused"
    UNKNOWN_VALUE = "unknown value"
    UNCOVERED = "uncovered"
    REPLACED = "replaced"
    PRESENT = "present"


_STOPPING = frozenset((Kind.REFUSED, Kind.OVERLAP, Kind.LOSS, Kind.UNUSED, Kind.UNKNOWN_VALUE))


@dataclass(frozen=True, slots=True)
class Finding:
    """Something about new files that a person should know.

    Attributes
    ----------
    kind : Kind
        What it is.
    files : tuple of str
        The new files, as they were given.
    text : str
        One sentence that says what is the matter; it names no file of ``files`` where there is only one.
    remedy : str
        What to do, in one sentence; empty if there is nothing to do.
    """

    kind: Kind
    files: tuple[str, ...]
    text: str
    remedy: str = ""

    @property
    def stops(self) -> bool:
        """Whether files with this finding should not be delivered."""
        return self.kind in _STOPPING

    @property
    def sentence(self) -> str:
        """Files, text and remedy as one line."""
        return f"{', '.join(self.files)}: {self.text}{f'; {self.remedy}' if self.remedy else ''}"


@dataclass(frozen=True, slots=True)
class ExposureValues:
    """The values that one keyword of exposures may have.

    Attributes
    ----------
    keyword : str
        FITS keyword.
    values : tuple of str
        The values; empty for any value that is not one of ``but``.
    but : tuple of str
        Values that do not count; empty unless ``values`` is.
    """

    keyword: str
    values: tuple[str, ...] = ()
    but: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CoverageChange:
    """Exposures that would get another file.

    Attributes
    ----------
    instrument, reftype : str
        INSTRUME in upper case, type in lower case.
    exposures : tuple of ExposureValues
        Which exposures, keyword by keyword as the rules of the type order them.
    since, until : str
        Dates and times as USEAFTER has them: from ``since`` on and before ``until``; empty for no limit.
    before, after : str
        File name, ``N/A`` where the type is not needed, or empty where there is none, which is an error in
        the pipeline. A new file is named as it was given, without its folder.
    """

    instrument: str
    reftype: str
    exposures: tuple[ExposureValues, ...]
    since: str
    until: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class InsertedFile:
    """A new file, as the rules would have it.

    Attributes
    ----------
    source : Path
        The file that was given.
    name : str
        Its name in the context, or the one of the file with the same content; empty if it was refused.
    instrument, reftype : str
        INSTRUME in upper case, type in lower case.
    category : tuple of (str, str)
        FITS keyword and value that exposures must match.
    useafter : str
        From when on.
    replaces : str
        File of the context with the same category and USEAFTER; empty if there is none.
    """

    source: Path
    name: str
    instrument: str
    reftype: str
    category: tuple[tuple[str, str], ...]
    useafter: str
    replaces: str = ""


@dataclass(frozen=True, slots=True)
class TrialInsertion:
    """What would happen if the files were in the context.

    Attributes
    ----------
    context : str
        Name of the pmap they were tried in.
    files : tuple of InsertedFile
        The new files that could be tried.
    changes : tuple of CoverageChange
        Exposures that would get another file, by instrument and type; all others keep theirs.
    findings : tuple of Finding
        What speaks against the files first, then what is worth knowing.
    """

    context: str
    files: tuple[InsertedFile, ...] = ()
    changes: tuple[CoverageChange, ...] = ()
    findings: tuple[Finding, ...] = ()

    @property
    def stopping(self) -> tuple[Finding, ...]:
        """The findings for which the files should not be delivered."""
        return tuple(finding for finding in self.findings if finding.stops)
