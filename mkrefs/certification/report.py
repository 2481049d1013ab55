"""What CRDS certify found, as values."""

from dataclasses import dataclass

from mkrefs.errors import UserError


@dataclass(frozen=True, slots=True)
class CertifyReport:
    """What ``crds certify`` said about one file.

    Attributes
    ----------
    errors, warnings : tuple of str
        Its messages, one line each, in order, without repetitions.
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


class CertifyFailed(UserError):  # noqa: N818 - says what happened to a job, as Outcome does
    """A file that ``crds certify`` finds errors in."""
