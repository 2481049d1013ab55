"""Whether the coefficients of a correction correct anything, and the kernel of a convolution keeps signal."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mkrefs.api import Check, CheckedFile, CheckLimits, Finding, parameter
from mkrefs_detector.checks.pixels import Flags, first_place, main_array, share, usable_pixels

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
    signals: tuple[float, ...] = parameter(
        (1000.0, 20000.0), "Signals at which the correction is tried.", unit="DN"
    )
    factor_low: float = parameter(0.7, "Smallest factor by which it may change one of these.", ge=0)
    factor_high: float = parameter(1.6, "Largest factor by which it may change one of these.")
    outside: float = parameter(
        0.1, "Largest share of the usable pixels whose factor may lie outside.", ge=0, lt=1
    )


class Coefficients(Check):
    """The polynomials correct signals by a little: the linear coefficient is about 1, no signal is lost."""

    name = "coefficients"
    reftypes = ("linearity",)
    Limits = CoefficientsLimits

    def check(self, file: CheckedFile, limits: CoefficientsLimits) -> Iterator[Finding]:
        """Look at the linear coefficients of usable pixels, then at what becomes of signals."""
        name = main_array(file)
        array = file.images.get(name)
        if array is None:
            return
        if array.ndim == _CUBE and len(array) <= _LINEAR:
            what = f"an array of shape {array.shape} holds no polynomials"
            yield self.error(what, name, "coefficients x rows x columns")
        if array.ndim != _CUBE or len(array) <= _LINEAR:
            return
        usable = usable_pixels(file, array.shape)
        if usable.any():
            found = tuple(self._linear(name, array, usable, limits))
            yield from found or self._signals(name, array, usable, limits)

    def _linear(
        self, name: str, array: NDArray[Any], usable: Flags, limits: CoefficientsLimits
    ) -> Iterator[Finding]:
        linear = array[_LINEAR]
        zero = (linear == 0) & usable
        number, total = int(zero.sum()), int(usable.sum())
        if number > limits.zero * total:
            empty = zero & np.all([plane == 0 for plane in array], axis=0)
            all_zero = int(empty.sum()) == number
            kind = "coefficients that are all zero" if all_zero else "a linear coefficient of zero"
            what = f"{share(number, total)} of the usable pixels have {kind}: their signal would be lost"
            place = f"{name}[{_LINEAR}]{first_place(zero)}"
            yield self.error(what, place, f"at most {share(limits.zero, 1)}")
            return
        finite = linear[usable & np.isfinite(linear)]
        median = float(np.median(finite)) if finite.size else 1.0
        if not limits.linear_low <= median <= limits.linear_high:
            limit = f"{limits.linear_low:g} to {limits.linear_high:g}"
            yield self.error(f"the median linear coefficient is {median:.4g}", f"{name}[{_LINEAR}]", limit)

    def _signals(
        self, name: str, array: NDArray[Any], usable: Flags, limits: CoefficientsLimits
    ) -> Iterator[Finding]:
        """Apply the polynomials as the pipeline does: the first coefficient is that of no signal."""
        for signal in limits.signals:
            corrected = np.zeros(array.shape[1:], np.float64)
            for plane in array[::-1]:
                corrected = corrected * signal + plane
            factor = corrected / signal
            wrong = ((factor < limits.factor_low) | (factor > limits.factor_high)) & usable
            number, total = int(wrong.sum()), int(usable.sum())
            if number > limits.outside * total:
                median = float(np.median(factor[wrong]))
                said = f"turn {signal:g} DN into about {median * signal:.4g} DN"
                what = f"{share(number, total)} of the usable pixels {said}"
                limit = f"{limits.factor_low * signal:g} to {limits.factor_high * signal:g} DN"
                yield self.error(what, f"{name}{first_place(wrong)}", limit)
                return


class KernelLimits(CheckLimits):
    """What `kernel` may be set to."""

    tolerance: float = parameter(1e-6, "Largest difference of a kernel's sum from 1.", gt=0)
    centre: float = parameter(0.5, "Smallest value in the centre of a kernel.")
    lowest: float = parameter(-0.02, "Smallest value anywhere in a kernel.", le=0)


class Kernel(Check):
    """A kernel has odd sizes, sums to 1, and leaves most of a pixel's signal where it is."""

    name = "kernel"
    reftypes = ("ipc",)
    Limits = KernelLimits

    def check(self, file: CheckedFile, limits: KernelLimits) -> Iterator[Finding]:
        """Look at the form of the kernel, or of those of all pixels, then at its values."""
        name = main_array(file)
        array = file.images.get(name)
        if array is None or array.dtype.kind not in "iuf":
            yield self.error("the file holds no kernel", name, "an array of numbers")
        elif array.ndim not in (_KERNEL_AXES, 2 * _KERNEL_AXES) or not all(
            size % 2 for size in array.shape[:_KERNEL_AXES]
        ):
            shape = " x ".join(map(str, array.shape))
            limit = "odd sizes, of one kernel or one for each pixel"
            yield self.error(f"a kernel of {shape} values has no centre", name, limit)
        elif array.ndim == 2 * _KERNEL_AXES and max(array.shape[:_KERNEL_AXES]) > min(
            array.shape[_KERNEL_AXES:]
        ):
            shape = " x ".join(map(str, array.shape))
            yield self.error(
                f"kernels of {shape} values are larger than their map", name, "kernel axes first"
            )
        else:
            yield from self._values(name, array, limits)

    def _values(self, name: str, array: NDArray[Any], limits: KernelLimits) -> Iterator[Finding]:
        kernels = array.reshape(*array.shape[:_KERNEL_AXES], -1)
        total = kernels.shape[-1]
        sums = kernels.sum(axis=(0, 1), dtype=np.float64)
        centres = kernels[array.shape[0] // 2, array.shape[1] // 2]
        lowest = kernels.min(axis=(0, 1))
        # what is no number is told by `finite`
        wrong = np.abs(sums - 1) > limits.tolerance
        if wrong.any():
            limit = f"1 within {limits.tolerance:g}"
            yield self.error(_told("the sum", sums, wrong, total), name, limit)
        elif (centres < limits.centre).any():
            told = _told("the value in the centre", centres, centres < limits.centre, total)
            yield self.error(told, name, f"at least {limits.centre:g}")
        elif (lowest < limits.lowest).any():
            told = _told("the smallest value", lowest, lowest < limits.lowest, total)
            yield self.error(told, name, f"at least {limits.lowest:g}")


def _told(what: str, values: NDArray[Any], wrong: NDArray[np.bool_], total: int) -> str:
    """Give the first wrong value, and of how many kernels it is wrong."""
    of_many = f" in {int(wrong.sum())} of {total} kernels, first" if total > 1 else ""
    return f"{what} is{of_many} {float(values[wrong][0]):.8g}"
