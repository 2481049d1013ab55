"""How the tables that individual reference files hold as extensions become one."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def combine_tables(tables: Sequence[NDArray[np.void]]) -> NDArray[np.void] | None:
    """Average the columns of floating-point numbers of tables that agree in all others.

    Parameters
    ----------
    tables : sequence of ndarray
        Structured arrays of the individual files.

    Returns
    -------
    ndarray or None
        The first table with the means of the finite values, NaN where there is none; None if the tables
        differ in rows, columns, or what is no floating-point number.
    """
    first = tables[0]
    names = first.dtype.names or ()
    if any(other.dtype.names != first.dtype.names or other.shape != first.shape for other in tables[1:]):
        return None
    combined = first.copy()
    for name in names:
        columns = [np.asarray(table[name]) for table in tables]
        if columns[0].dtype.kind == "f":
            stack = np.stack(columns).astype(np.float64)
            known = np.isfinite(stack)
            number = known.sum(axis=0)
            total = np.where(known, stack, 0.0).sum(axis=0)
            combined[name] = np.where(number > 0, total / np.maximum(number, 1), np.nan)
        elif any(not np.array_equal(columns[0], other) for other in columns[1:]):
            return None
    return combined
