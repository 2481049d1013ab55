"""The error of files that cannot be read as reference files."""

from mkrefs.errors import UserError


class UnreadableFile(UserError):  # noqa: N818 - says what happened to a file, as other outcomes do
    """A file that is no reference file in FITS or ASDF form, or not whole."""


def said(error: BaseException) -> str:
    """Give what a library says, in one line without a full stop."""
    return (" ".join(str(error).split()) or type(error).__name__).rstrip(".")
