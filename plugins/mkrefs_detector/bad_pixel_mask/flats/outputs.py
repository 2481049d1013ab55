"""Which parts of an array the same output reads: stripes side by side, or columns and rows in turn."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import ExposureMetadata

_FULL, _OUTPUTS, _PARITIES = 2048, 4, 2

Box = tuple[slice, slice]


@dataclass(frozen=True, slots=True)
class Outputs:
    """The outputs of an array.

    Attributes
    ----------
    stripes : tuple of (slice, slice)
        Rectangles that cover the array, one for each output that reads an area of its own.
    turns : ndarray of int64, broadcastable to the array
        Number, from 0, of what is read in turn: even and odd columns, or MIRI's four outputs.
    """

    stripes: tuple[Box, ...]
    turns: NDArray[np.int64]


def read_outputs(metadata: ExposureMetadata, shape: tuple[int, int]) -> Outputs:
    """Tell the outputs of an array.

    Parameters
    ----------
    metadata : ExposureMetadata
        Instrument, place on the detector, direction of reading, number of outputs.
    shape : (int, int)
        Rows and columns of the array.

    Returns
    -------
    Outputs
        Near-infrared detectors: four stripes along the fast axis, or one where there is one output, with even
        and odd pixels along that axis in turn. MIRI: one area, whose columns four outputs read in turn.
    """
    everything = (slice(None), slice(None))
    if metadata.instrument == "MIRI":
        columns = np.arange(metadata.xstart - 1, metadata.xstart - 1 + shape[1])
        return Outputs((everything,), columns[None, :] % _OUTPUTS)
    axis = 1 if abs(metadata.fastaxis) == 1 else 0
    start = (metadata.xstart if axis == 1 else metadata.ystart) - 1
    places = np.arange(start, start + shape[axis])
    turns = places % _PARITIES
    turns = turns[None, :] if axis == 1 else turns[:, None]
    if metadata.noutputs == 1 or (metadata.noutputs is None and shape[axis] < _FULL):
        return Outputs((everything,), turns)
    edges = [0, *(np.flatnonzero(np.diff(places // (_FULL // _OUTPUTS))) + 1).tolist(), shape[axis]]
    cuts = [slice(low, high) for low, high in pairwise(edges)]
    return Outputs(tuple((slice(None), cut) if axis == 1 else (cut, slice(None)) for cut in cuts), turns)
