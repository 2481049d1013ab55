"""What CRDS certify found, as values and as JSON."""

from dataclasses import dataclass
from typing import Any

from mkrefs.errors import UserError

#: Number of the JSON form.
REPORT_FORMAT = 1


@dataclass(frozen=True, slots=True)
class CertifyReport:
    """What ``crds certify`` said about one file.

    Attributes
    ----------
    errors, warnings : tuple of str
        Its messages, one line each, in order, without repetitions.
    notes : tuple of str
        What mkrefs did so that the file could be compared.
    log : str
        All that it wrote; the folder of the file and temporary folders are left out, so that equal
        files in different places have equal logs.
    context : str
        Name of the pmap the file was compared with.
    """

    errors: tuple[str, ...]
    warnings: tuple[str, ...]
    log: str
    context: str
    notes: tuple[str, ...] = ()

    @property
    def verdict(self) -> str:
        """The number of errors, and of warnings if there are any."""
        return counted(len(self.errors), len(self.warnings))


class CertifyFailed(UserError):  # noqa: N818 - says what happened to a job, as Outcome does
    """A file that ``crds certify`` finds errors in."""


def counted(errors: int, warnings: int) -> str:
    """Give the number of errors, and of warnings if there are any, in words."""
    text = f"{errors} error{'' if errors == 1 else 's'}"
    return f"{text}, {warnings} warning{'' if warnings == 1 else 's'}" if warnings else text


def report_to_json(name: str, report: CertifyReport) -> dict[str, Any]:
    """Give what was found in a file of a name as JSON values, without the log."""
    return {
        "mkrefs_certify": REPORT_FORMAT,
        "file": name,
        "context": report.context,
        "errors": list(report.errors),
        "warnings": list(report.warnings),
        "notes": list(report.notes),
    }
