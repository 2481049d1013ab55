"""What is known of the pixels of an image while methods find and repair bad ones."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import PIXEL_DQ
from mkrefs_imaging.fix_bad_pixels.standing_kernels import first_standing, last_flags
from mkrefs_imaging.planes.planes import NO_SKY, Planes

_DO_NOT_USE = PIXEL_DQ["DO_NOT_USE"]
_ESTIMATED = PIXEL_DQ["FLUX_ESTIMATED"]


@dataclass(frozen=True, slots=True)
class State:
    """Pixels and their standing, each array of shape (nplanes, nrows, ncols).

    The arrays are its own: `mark` and `repair` change them in place, since a method changes few of millions.

    Attributes
    ----------
    data : ndarray of float32
        Values.
    err : ndarray of float32
        Their errors; NaN where unknown.
    flagged : ndarray of bool
        What was NaN or DO_NOT_USE at the beginning and sees the sky.
    bad : ndarray of bool
        What is to be repaired.
    good : ndarray of bool
        What may be used to judge and repair others.
    fixed : ndarray of bool
        What was repaired.
    """

    data: NDArray[np.float32]
    err: NDArray[np.float32]
    flagged: NDArray[np.bool_]
    bad: NDArray[np.bool_]
    good: NDArray[np.bool_]
    fixed: NDArray[np.bool_]

    def mark(self, found: NDArray[np.bool_]) -> int:
        """Take what a finder found for bad, if it sees the sky and is not bad already.

        Parameters
        ----------
        found : ndarray of bool, shape (nplanes, nrows, ncols)
            What was found; what was repaired before may be among it.

        Returns
        -------
        int
            How many pixels are bad that were not.
        """
        new = found & (self.good | self.flagged) & ~self.bad
        self.bad[new] = True
        self.good[new] = self.fixed[new] = False
        return int(np.count_nonzero(new))

    def repair(
        self, places: NDArray[np.intp], values: NDArray[np.float64], errors: NDArray[np.float64]
    ) -> int:
        """Put values and errors in their places; what is not finite leaves its pixel bad.

        Parameters
        ----------
        places : ndarray, shape (npixels, 3)
            Plane, row and column of each.
        values, errors : ndarray, shape (npixels,)
            What to put there.

        Returns
        -------
        int
            How many pixels were repaired; they are good now.
        """
        known = np.isfinite(values)
        where = tuple(places[known].T)
        self.data[where] = values[known]
        self.err[where] = errors[known]
        self.bad[where] = False
        self.good[where] = self.fixed[where] = True
        return int(np.count_nonzero(known))

    def flags(self, dq: NDArray[np.uint32], *, unflag: bool) -> NDArray[np.uint32]:
        """Give the DQ array: what is still bad has DO_NOT_USE, what was repaired FLUX_ESTIMATED.

        Parameters
        ----------
        dq : ndarray of uint32, shape (nplanes, nrows, ncols)
            The flags before.
        unflag : bool
            Take DO_NOT_USE off what was repaired.

        Returns
        -------
        ndarray of uint32
            The flags after; all others stay.
        """
        taken = _DO_NOT_USE if unflag else 0
        bad, fixed = self.bad.reshape(-1), self.fixed.reshape(-1)
        return last_flags(dq.reshape(-1), bad, fixed, _DO_NOT_USE, _ESTIMATED, taken).reshape(dq.shape)


def begin(planes: Planes, *, set_dq_zero: bool) -> State:
    """Begin with what is NaN or DO_NOT_USE as bad, or with nothing; what sees no sky is neither."""
    good, flagged = (np.empty(planes.data.shape, dtype=np.bool_) for _ in range(2))
    data, dq = planes.data.reshape(-1), planes.dq.reshape(-1)
    first_standing(data, dq, _DO_NOT_USE, NO_SKY, good.reshape(-1), flagged.reshape(-1))
    err = np.full_like(planes.data, np.nan) if planes.err is None else planes.err.copy()
    bad = np.zeros_like(flagged) if set_dq_zero else flagged.copy()
    return State(planes.data.copy(), err, flagged, bad, good, np.zeros_like(flagged))
