"""NIRSpec's IRS2 read-out: where science and reference pixels lie in a raw frame.

In the fast direction a frame begins with the 640 samples of the reference output. Each of the four outputs
follows with 512 of its pixels and, after every 16 of them (the first time after 8), 4 reference pixels.
Sources: ``jwst/refpix/irs2_subtract_reference.py`` and Moseley et al. 2010, SPIE 7742, 77421B.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: Pixels read in a row before reference pixels (NRS_NORM), and reference pixels in a row (NRS_REF).
NORMAL, REFERENCE = 16, 4
_OUTPUTS = 4
_OUTPUT = 640
#: Shape (rows, columns) of a raw frame, in the science orientation.
IRS2_SHAPE = ((_OUTPUTS + 1) * _OUTPUT, 2048)
#: Samples from the start of one line to the next, with all overheads, and of the pause between two frames.
LINE_CLOCKS, FRAME_PAUSE = 712, 714


@dataclass(frozen=True, slots=True)
class Irs2Rows:
    """The rows of a raw frame, in the science orientation.

    Attributes
    ----------
    science : ndarray of int, shape (2048,)
        Raw row of each row of the detector.
    output : ndarray of int, shape (3200,)
        Number of the output that reads each raw row: 0 to 3 in the order of the detector's rows, 4 for the
        reference output.
    """

    science: NDArray[np.intp]
    output: NDArray[np.intp]


def is_irs2(readpatt: str | None) -> bool:
    """Tell whether a read-out pattern interleaves reference pixels."""
    return "IRS2" in (readpatt or "")


def irs2_rows(detector: str) -> Irs2Rows:
    """Tell where the pixels of a detector are in a raw frame.

    Parameters
    ----------
    detector : str
        ``NRS1``, or ``NRS2``, which is read in the opposite direction.
    """
    sample = np.arange(IRS2_SHAPE[0])
    block, place = sample // _OUTPUT, sample % _OUTPUT
    interleaved = (place - NORMAL // 2) % (NORMAL + REFERENCE) < REFERENCE
    science, output = (block > 0) & ~interleaved, (block - 1) % (_OUTPUTS + 1)
    if detector == "NRS2":
        science, output = science[::-1], np.where(block[::-1] > 0, _OUTPUTS - block[::-1], _OUTPUTS)
    return Irs2Rows(np.flatnonzero(science), np.ascontiguousarray(output))
