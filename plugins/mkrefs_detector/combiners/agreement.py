"""Whether individual reference files go together: the same arrays, extensions and metadata."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mkrefs.api import ReferenceData, UserError


def check_agreement(individuals: Sequence[ReferenceData]) -> None:
    """Refuse individuals that differ in what must be the same in all.

    Parameters
    ----------
    individuals : sequence of ReferenceData
        The content of the individual files.

    Raises
    ------
    mkrefs.api.UserError
        If there is none, or arrays, shapes, extensions or metadata differ; the message names what differs.
    """
    if not individuals:
        raise UserError("combine: there is no individual reference file; make at least one.")
    first = individuals[0]
    for number, other in enumerate(individuals[1:], start=2):
        _check_arrays("array", first.arrays, other.arrays, number)
        _check_arrays("extension", first.extensions, other.extensions, number)
        for name in sorted(first.metadata.keys() | other.metadata.keys()):
            wanted, found = first.metadata.get(name), other.metadata.get(name)
            if wanted != found:
                raise UserError(
                    f"combine: {name} is {found!r} in individual file {number} but {wanted!r} in the first; "
                    "only files of one mode can be combined: leave out those that differ."
                )


def _check_arrays(kind: str, first: Mapping[str, Any], other: Mapping[str, Any], number: int) -> None:
    for name in sorted(first.keys() ^ other.keys()):
        where = (
            "only the first individual file"
            if name in first
            else f"individual file {number} but not the first"
        )
        raise UserError(f"combine: {kind} {name} is in {where}; remake the individual files alike.")
    for name in sorted(first):
        wanted, found = np.shape(first[name]), np.shape(other[name])
        if kind == "extension" and np.asarray(first[name]).dtype.names is not None:
            continue  # tables that do not go together are left out of the final file
        if wanted != found:
            raise UserError(
                f"combine: {kind} {name} has the shape {found} in individual file {number} but {wanted} in "
                "the first; only files of one subarray can be combined: leave out those that differ."
            )
