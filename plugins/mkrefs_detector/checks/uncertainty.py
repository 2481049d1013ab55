"""Whether the uncertainties that come with an array can be ones."""

from collections.abc import Iterator

import numpy as np

from mkrefs.api import Check, CheckedFile, CheckLimits, Finding, parameter
from mkrefs_detector.checks.pixels import NOT_MEASURED, PLANE, first_place, planes, share, usable_pixels

_ERR = "ERR"


class UncertaintyLimits(CheckLimits):
    """What `uncertainty` may be set to."""

    least: float = parameter(0.9, "Smallest share of the uncertainties that must be finite.", gt=0, le=1)
    negative: float = parameter(0.0, "Largest share of them that may be negative.", ge=0, lt=1)
    used: bool = parameter(
        False, "Whether the pipeline uses them: then zero everywhere gives a warning, if they were measured."
    )


class Uncertainty(Check):
    """ERR holds numbers that are not negative, nor all zero where the pipeline uses them."""

    name = "uncertainty"
    Limits = UncertaintyLimits

    def check(self, file: CheckedFile, limits: UncertaintyLimits) -> Iterator[Finding]:
        """Count what is finite, negative and zero among the usable pixels."""
        array = file.images.get(_ERR)
        if array is None or array.ndim < PLANE or array.dtype.kind not in "iuf" or not array.size:
            return
        usable = usable_pixels(file, array.shape)
        total = int(usable.sum()) * (array.size // usable.size)
        if not total:
            return
        finite = negative = positive = 0
        place = ""
        for plane in planes(array):
            finite += int(np.count_nonzero(np.isfinite(plane) & usable))
            below = (plane < 0) & usable
            negative, place = (
                negative + int(below.sum()),
                place or (first_place(below) if below.any() else ""),
            )
            positive += int(np.count_nonzero((plane > 0) & usable))
        if finite < limits.least * total:
            what = f"only {share(finite, total)}" if finite else "none"
            limit = f"at least {share(limits.least, 1)}"
            yield self.error(f"{what} of the uncertainties of usable values are finite", _ERR, limit)
        elif negative > limits.negative * total:
            what = f"{share(negative, total)} of the uncertainties of usable values are negative"
            yield self.error(what, f"{_ERR}{place}", "0 or more")
        elif not positive and limits.used and file.text("PEDIGREE") not in NOT_MEASURED:
            yield self.warning("the uncertainties of all usable values are 0", _ERR, "above 0")
