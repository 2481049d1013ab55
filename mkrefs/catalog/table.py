"""The catalog itself: a table with one row per input file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

#: The columns besides the keywords, the last of them at the end of the table.
FILE_COLUMNS = ("file", "exposure", "product", "imtype", "axes", "mjd", "size", "mtime_ns")
SKIP_COLUMN = "skip"

_DTYPES = {"axes": "int64", "mjd": "float64", "size": "int64", "mtime_ns": "int64"}


@dataclass(frozen=True, slots=True, eq=False)
class Catalog:
    """All input files of a run.

    Attributes
    ----------
    table : DataFrame
        One row per file given, sorted by time, then by path; skipped ones without a time are last.
    """

    table: pd.DataFrame

    @property
    def used(self) -> pd.DataFrame:
        """The rows that take part; products of one exposure share its name in ``exposure``."""
        return self.table[self.table[SKIP_COLUMN] == ""].reset_index(drop=True)

    @property
    def skipped(self) -> Mapping[str, str]:
        """Reason by file; of a file given twice, the reason of the first row that is skipped."""
        rows = self.table[self.table[SKIP_COLUMN] != ""]
        return dict(zip(reversed(rows["file"].tolist()), reversed(rows[SKIP_COLUMN].tolist()), strict=True))


def make_table(rows: Iterable[Mapping[str, Any]], keywords: Sequence[str]) -> pd.DataFrame:
    """Make the table of rows given as mappings.

    Parameters
    ----------
    rows : iterable of mapping
        Values by column; keyword columns that a row lacks are None in it.
    keywords : sequence of str
        The keyword columns, in order.

    Returns
    -------
    DataFrame
        Keyword columns are of type object, so that whole numbers stay whole beside missing values.
    """
    import pandas as pd

    columns = [*FILE_COLUMNS, *keywords, SKIP_COLUMN]
    ordered = sorted(
        rows, key=lambda row: (row["mjd"] is None, row["mjd"] or 0.0, row["file"], row[SKIP_COLUMN])
    )
    data = {
        column: pd.Series([row.get(column) for row in ordered], dtype=_DTYPES.get(column, "object"))
        for column in columns
    }
    return pd.DataFrame(data, columns=columns)
