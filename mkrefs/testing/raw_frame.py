"""What the electronics read of a detector: its window, or with IRS2 the pixels and references in between."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from mkrefs.instruments.irs2 import IRS2_SHAPE, irs2_rows, is_irs2
from mkrefs.testing.readout import ReadoutLayout, one_over_f_frame, window_layout
from mkrefs.testing.truth import DetectorTruth

_T = TypeVar("_T", bound=np.generic)


@dataclass(frozen=True)
class RawFrame:
    """A frame as it is read.

    Parameters
    ----------
    truth : DetectorTruth
        The detector and its window.
    readpatt : str
        Value of READPATT.
    """

    truth: DetectorTruth
    readpatt: str

    @cached_property
    def shape(self) -> tuple[int, int]:
        """Shape (rows, columns) of the frame."""
        return IRS2_SHAPE if is_irs2(self.readpatt) else self.truth.window.shape

    @cached_property
    def layout(self) -> ReadoutLayout:
        """Output and parity of each sample; IRS2's reference output is one more output."""
        if not is_irs2(self.readpatt):
            return window_layout(self.truth.hardware, self.truth.window)
        rows = irs2_rows(self.truth.hardware.name).output[:, None]
        return ReadoutLayout(rows, np.arange(rows.size)[:, None] % 2)

    @property
    def outputs(self) -> int:
        """Number of outputs that `layout` may name."""
        return self.truth.hardware.outputs + is_irs2(self.readpatt)

    @cached_property
    def read_noise(self) -> NDArray[np.float32]:
        """Noise of each sample in DN; interleaved reference pixels and the reference output are typical."""
        return self.filled(self.truth.read_noise, np.float32(self.truth.strengths.read_noise))

    def filled(self, science: NDArray[_T], reference: _T) -> NDArray[_T]:
        """Put a map of the window into a frame, with one value in all interleaved references.

        Parameters
        ----------
        science : ndarray, shape (ysize, xsize)
            A map; itself where nothing is interleaved.
        reference : scalar
            Of the same type.
        """
        if not is_irs2(self.readpatt):
            return science
        frame = np.full(self.shape, reference, dtype=science.dtype)
        frame[irs2_rows(self.truth.hardware.name).science] = science
        return frame

    def one_over_f(self, random: np.random.Generator) -> NDArray[np.float32]:
        """Draw one frame of noise along the order of reading; see `one_over_f_frame`."""
        rows, columns = self.shape
        window = replace(self.truth.window, ysize=rows, xsize=columns)
        if is_irs2(self.readpatt):
            window = replace(window, noutputs=self.outputs)
        return one_over_f_frame(random, self.truth.hardware, window)
