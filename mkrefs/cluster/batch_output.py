"""What batch jobs said on their error streams, as files in the folder of their logs."""

import re
from pathlib import Path

#: How names of error streams end.
_KIND = re.compile(r"\.(err|e\d+)$")
_DASK_PREFIX = re.compile(r"^[-0-9]+ [:,0-9]+ - [\w.]+ - [A-Z]+ - ")


def output_of(folder: Path, number: str) -> Path | None:
    """Find the file with what a batch job said.

    Parameters
    ----------
    folder : Path
        The folder of the logs.
    number : str
        The batch job's id.

    Returns
    -------
    Path or None
        The longest, if several have the number in their names; None if there is none.
    """
    of_this = re.compile(rf"(?<!\d){re.escape(number)}(?!\d)")
    files = [path for path in folder.glob("*.e*") if of_this.search(path.name) and _KIND.search(path.name)]
    return max(files, key=lambda path: path.stat().st_size, default=None)


def last_words(path: Path) -> str:
    """Give the last line that tells more than that a dask worker ended; empty if there is none."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    words = [_DASK_PREFIX.sub("", line).strip() for line in lines]
    return next((line for line in reversed(words) if line not in ("", "End worker")), "")
