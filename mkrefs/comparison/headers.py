"""How the headers of two reference files differ."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class HeaderDifference:
    """A keyword that differs; None where a file lacks it.

    Attributes
    ----------
    extension : str
        EXTNAME, ``PRIMARY`` for the first header.
    keyword : str
        The keyword.
    before, after : object
        Its values.
    """

    extension: str
    keyword: str
    before: Any
    after: Any


def compare_headers(
    new: Mapping[str, Mapping[str, Any]], previous: Mapping[str, Mapping[str, Any]]
) -> tuple[HeaderDifference, ...]:
    """Compare headers by extension and keyword.

    Parameters
    ----------
    new, previous : mapping of str to mapping of str to object
        Values by extension and keyword.

    Returns
    -------
    tuple of HeaderDifference
        In the order of the extensions and keywords of ``new``, then of ``previous``. Of an extension that one
        of the files lacks no keywords are told.
    """
    return tuple(
        HeaderDifference(extension, keyword, before.get(keyword), after.get(keyword))
        for extension, after in new.items()
        if (before := previous.get(extension)) is not None
        for keyword in dict.fromkeys((*after, *before))
        if before.get(keyword) != after.get(keyword)
    )
