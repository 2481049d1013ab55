"""Which pixels of an individual file hold a measurement, and how good it is."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import ReferenceData

ERR = "ERR"
SAMPLES = "NSAMPLES"
#: Contributions to each value of a cube.
CONTRIBUTIONS = "NCONTRIB"
#: Arrays by the extension that holds their standard errors, besides the main one's.
ERRORS_OF: Mapping[str, str] = MappingProxyType({"AVDRKERR": "average_dark_current"})


def measured_pixels(individuals: Sequence[ReferenceData]) -> NDArray[np.bool_] | None:
    """Mark the pixels that hold data in each individual.

    Parameters
    ----------
    individuals : sequence of ReferenceData
        Individuals that agree.

    Returns
    -------
    ndarray of bool, shape (nindividuals, nrows, ncols), or None
        False where ERR is not finite or NSAMPLES is 0; None if the individuals carry neither.
    """
    marks: list[NDArray[np.bool_]] = []
    if SAMPLES in individuals[0].extensions:
        marks.append(np.stack([np.asarray(one.extensions[SAMPLES]) > 0 for one in individuals]))
    if ERR in individuals[0].extensions:
        marks.append(np.stack([np.isfinite(one.extensions[ERR]) for one in individuals]))
    if not marks:
        return None
    return np.asarray(np.logical_and.reduce(marks), dtype=np.bool_)


def errors_of(individual: ReferenceData) -> NDArray[np.floating] | None:
    """Give the standard errors of an individual's data: its array ``err``, or its extension ERR."""
    if "err" in individual.arrays:
        return np.asarray(individual.arrays["err"])
    if ERR in individual.extensions:
        return np.asarray(individual.extensions[ERR])
    return None
