"""What a creator or combiner gives back: arrays by schema name, before any file exists."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mkrefs.contract.figures import Figure


@dataclass(frozen=True, slots=True)
class ReferenceData:
    """The content of one reference file.

    Attributes
    ----------
    arrays : mapping of str to ndarray
        Arrays by the attribute name of the reference type's data model (``data``, ``err``, ``coeffs``).
    flags : mapping of str to boolean ndarray of shape (nrows, ncols)
        Bad pixels by the mnemonic of their DQ flag; the writer turns them into DQ and DQ_DEF.
    metadata : mapping of str to object
        Values by their path below ``meta`` in the data model, e.g. ``{"bunit_data": "DN"}``.
    extensions : mapping of str to ndarray
        Further images kept in the file under an extension name that its schema does not use:
        uncertainties, numbers of samples, diagnostics.
    history : tuple of str
        Lines for HISTORY: what was done, and what came out.
    warnings : tuple of str
        What somebody should know at once, such as a part that could not be made: told at the end of a run,
        and written to HISTORY after the other lines.
    figures : mapping of str to Histogram, Map or Curves
        Figures by name; each is drawn beside the individual file as ``<file without .fits>.<name>.png``.
    """

    arrays: Mapping[str, NDArray[Any]]
    flags: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    extensions: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    history: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    figures: Mapping[str, Figure] = field(default_factory=dict)

    @property
    def results(self) -> tuple[str, ...]:
        """All lines for HISTORY."""
        return (*self.history, *self.warnings)
