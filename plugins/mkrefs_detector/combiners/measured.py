"""Which pixels of an individual file hold a measurement, and how good it is."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import ReferenceData
from mkrefs_detector.combiners.blocks import RowsOf

ERR = "ERR"
SAMPLES = "NSAMPLES"
#: Contributions to each value of a cube.
CONTRIBUTIONS = "NCONTRIB"
#: Arrays by the extension that holds their standard errors, besides the main one's.
ERRORS_OF: Mapping[str, str] = MappingProxyType({"AVDRKERR": "average_dark_current"})
_MEASURED: Mapping[str, Callable[[NDArray[Any]], NDArray[np.bool_]]] = MappingProxyType(
    {SAMPLES: lambda samples: np.asarray(samples > 0), ERR: np.isfinite}
)


def measured_rows(individuals: Sequence[ReferenceData], shape: tuple[int, ...]) -> RowsOf | None:
    """Tell which pixels hold data in each individual.

    Parameters
    ----------
    individuals : sequence of ReferenceData
        Individuals that agree.
    shape : tuple of int
        Of the array, whose last axes are rows and columns.

    Returns
    -------
    callable or None
        Gives for rows a map of bool, (nindividuals, nrows, ncols): False where ERR is not finite or NSAMPLES
        is 0. None if the individuals carry neither for such arrays.
    """
    known = individuals[0].extensions
    there = [name for name in (SAMPLES, ERR) if name in known and np.shape(known[name]) == shape[-2:]]
    if not there:
        return None

    def measured(rows: slice) -> NDArray[np.bool_]:
        marks = [
            np.stack([_MEASURED[name](np.asarray(one.extensions[name])[rows]) for one in individuals])
            for name in there
        ]
        return np.asarray(np.logical_and.reduce(marks), dtype=np.bool_)

    return measured


def sample_rows(individuals: Sequence[ReferenceData]) -> RowsOf | None:
    """Give what tells the numbers of samples of rows, (nindividuals, nrows, ncols); None without any."""
    if SAMPLES not in individuals[0].extensions:
        return None
    return lambda rows: np.stack([np.asarray(one.extensions[SAMPLES])[rows] for one in individuals])


def errors_of(individual: ReferenceData) -> NDArray[np.floating] | None:
    """Give the standard errors of an individual's data: its array ``err``, or its extension ERR."""
    if "err" in individual.arrays:
        return np.asarray(individual.arrays["err"])
    if ERR in individual.extensions:
        return np.asarray(individual.extensions[ERR])
    return None
