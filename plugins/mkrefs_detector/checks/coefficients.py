"""Whether the coefficients of a correction correct anything, and the kernel of a convolution keeps signal."""

from collections.abc import Iterator

import numpy as np

from mkrefs.api import Check, CheckedFile, CheckLimits, Finding, parameter
from mkrefs_detector.checks.pixels import first_place, main_array, share, usable_pixels

_CUBE = 3
_LINEAR = 1
_KERNEL_AXES = 2


class CoefficientsLimits(CheckLimits):
    """What `coefficients` may be set to."""

    zero: float = parameter(
        0.01, "Largest share of the usable pixels whose linear coefficient may be zero.", ge=0, lt=1
    )
    linear_low: float = parameter(0.8, "Smallest median of the linear coefficient.")
    linear_high: float = parameter(1.2, "Largest median of the linear coefficient.")


class Coefficients(Check):
    """The linear coefficient of usable pixels is not zero, and is about 1: small signals are kept."""

    name = "coefficients"
    reftypes = ("linearity",)
    Limits = CoefficientsLimits

    def check(self, file: CheckedFile, limits: CoefficientsLimits) -> Iterator[Finding]:
        """Count zeros among the coefficients of usable pixels."""
        name = main_array(file)
        array = file.images.get(name)
        if array is None:
            return
        if array.ndim != _CUBE or len(array) <= _LINEAR:
            yield self.error(
                f"an array of shape {array.shape} holds no polynomials", name, "coefficients x rows x columns"
            )
            return
        usable = usable_pixels(file, array.shape)
        if usable.any():
            yield from self._terms(name, array, usable, limits)

    def _terms(
        self, name: str, array: np.ndarray, usable: np.ndarray, limits: CoefficientsLimits
    ) -> Iterator[Finding]:
        linear = array[_LINEAR]
        zero = (linear == 0) & usable
        number, total = int(zero.sum()), int(usable.sum())
        if number > limits.zero * total:
            empty = zero & np.all([plane == 0 for plane in array], axis=0)
            kind = (
                "coefficients that are all zero"
                if int(empty.sum()) == number
                else "a linear coefficient of zero"
            )
            what = f"{share(number, total)} of the usable pixels have {kind}: their signal would be lost"
            yield self.error(
                what, f"{name}[{_LINEAR}]{first_place(zero)}", f"at most {share(limits.zero, 1)}"
            )
            return
        finite = linear[usable & np.isfinite(linear)]
        median = float(np.median(finite)) if finite.size else 1.0
        if not limits.linear_low <= median <= limits.linear_high:
            limit = f"{limits.linear_low:g} to {limits.linear_high:g}"
            yield self.error(f"the median linear coefficient is {median:.4g}", f"{name}[{_LINEAR}]", limit)


class KernelLimits(CheckLimits):
    """What `kernel` may be set to."""

    tolerance: float = parameter(1e-6, "Largest difference of a kernel's sum from 1.", gt=0)
    centre: float = parameter(0.5, "Smallest value in the centre of a kernel.")


class Kernel(Check):
    """A kernel has odd sizes, sums to 1, and leaves most of a pixel's signal where it is."""

    name = "kernel"
    reftypes = ("ipc",)
    Limits = KernelLimits

    def check(self, file: CheckedFile, limits: KernelLimits) -> Iterator[Finding]:
        """Sum the kernel, or those of all pixels."""
        name = main_array(file)
        array = file.images.get(name)
        if array is None or array.dtype.kind not in "iuf":
            yield self.error("the file holds no kernel", name, "an array of numbers")
            return
        if array.ndim not in (_KERNEL_AXES, 2 * _KERNEL_AXES) or not all(
            size % 2 for size in array.shape[:_KERNEL_AXES]
        ):
            shape = " x ".join(map(str, array.shape))
            yield self.error(
                f"a kernel of {shape} values has no centre",
                name,
                "odd sizes, of one kernel or one for each pixel",
            )
            return
        sums = array.sum(axis=(0, 1), dtype=np.float64)
        # not at most, so that sums that are no numbers count
        wrong = ~(np.abs(np.atleast_2d(sums) - 1) <= limits.tolerance)
        if wrong.any():
            found = float(np.atleast_2d(sums)[wrong][0])
            what = f"the sum is {found:.8g}"
            if sums.ndim:
                what = f"the sums of {int(wrong.sum())} of {sums.size} kernels are not 1, as {found:.8g}"
            yield self.error(what, name, f"1 within {limits.tolerance:g}")
        centres = np.atleast_2d(array[array.shape[0] // 2, array.shape[1] // 2])
        low = ~(centres >= limits.centre)
        if low.any():
            yield self.error(
                f"the centre holds {float(centres[low][0]):.4g}", name, f"at least {limits.centre:g}"
            )
