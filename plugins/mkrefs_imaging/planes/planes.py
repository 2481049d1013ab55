"""Science, error and flags of an image as cubes, and which of their pixels are good."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import PIXEL_DQ, CalibratedImage, UserError

#: Pixels that see no sky.
NO_SKY = PIXEL_DQ["NON_SCIENCE"] | PIXEL_DQ["REFERENCE_PIXEL"]


_NOT_USED = np.uint32(NO_SKY | PIXEL_DQ["DO_NOT_USE"])


@dataclass(frozen=True, slots=True)
class Planes:
    """The arrays of an image, each of shape (nplanes, nrows, ncols).

    Attributes
    ----------
    data : ndarray of float32
        The science array.
    err : ndarray of float32 or None
        Its standard errors; None if the image has none.
    dq : ndarray of uint32
        Its flags; zeros if the image has none.
    """

    data: NDArray[np.float32]
    err: NDArray[np.float32] | None
    dq: NDArray[np.uint32]

    @property
    def usable(self) -> NDArray[np.bool_]:
        """Pixels to measure the sky with: finite, not DO_NOT_USE, neither NON_SCIENCE nor REFERENCE_PIXEL."""
        usable: NDArray[np.bool_] = np.isfinite(self.data) & ((self.dq & _NOT_USED) == 0)
        return usable


def read_planes(image: CalibratedImage) -> Planes:
    """Read the arrays of an image.

    Raises
    ------
    mkrefs.api.UserError
        If an array has not the shape of the image.
    """
    shape = image.shape if len(image.shape) == 3 else (1, *image.shape)
    data = np.asarray(image.array("data"), dtype=np.float32)
    err = np.asarray(image.array("err"), dtype=np.float32) if "err" in image.arrays else None
    dq = np.asarray(image.array("dq"), dtype=np.uint32) if "dq" in image.arrays else None
    for name, array in (("err", err), ("dq", dq)):
        if array is not None and array.shape != image.shape:
            raise UserError(
                f"{image.name}: array {name} has shape {array.shape}, the image {image.shape}; make them "
                "agree."
            )
    return Planes(
        data.reshape(shape),
        None if err is None else err.reshape(shape),
        np.zeros(shape, dtype=np.uint32) if dq is None else dq.reshape(shape),
    )
