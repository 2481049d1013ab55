"""Input files as they are given on the command line: literal names and quoted glob patterns."""

import glob
import os
from collections.abc import Iterable

from mkrefs.errors import UserError


def expand_inputs(patterns: Iterable[str]) -> list[str]:
    """Expand glob patterns into files.

    Parameters
    ----------
    patterns : iterable of str
        File names and patterns with ``*``, ``?``, ``[...]``, ``**`` and a leading ``~``. The name of an
        existing file is that file, even with ``[`` or ``*`` in it.

    Returns
    -------
    list of str
        The files in the order given, those of one pattern sorted. What matches nothing is kept as it is,
        so that the catalog reports it as missing.

    Raises
    ------
    mkrefs.errors.UserError
        If the name of a file is not UTF-8.
    """
    files: list[str] = []
    for pattern in patterns:
        path = os.path.expanduser(pattern)  # noqa: PTH111 - Path.expanduser fails where there is no such user
        if os.path.lexists(path):
            files.append(path)
        else:
            found = glob.glob(path, recursive=True)  # noqa: PTH207 - Path.glob takes no absolute pattern
            files.extend(sorted(found) or [path])
    for path in files:
        _refuse_unless_utf8(path)
    return files


def _refuse_unless_utf8(path: str) -> None:
    try:
        path.encode()
    except UnicodeEncodeError:
        told = os.fsencode(path).decode(errors="backslashreplace")
        raise UserError(
            f"{told}: the name of this file is not UTF-8, so that no table or report can hold it; rename it."
        ) from None
