"""Whether the groups of a file are as many as it says, and its level does not fall from one to the next."""

from collections.abc import Iterator

import numpy as np

from mkrefs.api import Check, CheckedFile, CheckLimits, Finding, parameter
from mkrefs_detector.checks.values import finite_of, values_of

_KEYWORDS = ("NGROUPS", "NINTS")
_GROUP_AXIS = -3


class GroupsLimits(CheckLimits):
    """What `groups` may be set to."""

    fall: float | None = parameter(
        None, "Largest fall of the median from the first group to the last, in DN; more is a warning.", ge=0
    )


class Groups(Check):
    """NGROUPS and NINTS are those of the array; where the limits say so, the level does not fall."""

    name = "groups"
    reftypes = ("dark", "reset")
    Limits = GroupsLimits

    def check(self, file: CheckedFile, limits: GroupsLimits) -> Iterator[Finding]:
        """Compare the header with the axes before rows and columns, and the last group with the first."""
        array = file.images.get("SCI")
        if array is None:
            return
        axes = array.shape[:-2][::-1]
        for keyword, size in zip(_KEYWORDS, axes, strict=False):
            value = file.number(keyword)
            if value is not None and value != size:
                kind = "groups" if keyword == "NGROUPS" else "integrations"
                yield self.error(
                    f"{keyword} is {value}, the array has {size} {kind}", f"header: {keyword}", str(size)
                )
        values = values_of(file)
        if values is None or limits.fall is None or not axes:
            return
        first, last = (
            finite_of(np.moveaxis(array, _GROUP_AXIS, 0)[group][..., values.usable]) for group in (0, -1)
        )
        if first.size and last.size:
            change = float(np.median(last)) - float(np.median(first))
            if change < -limits.fall:
                what = f"the median falls by {-change:.4g} DN from the first group to the last"
                yield self.warning(what, "SCI", f"usually by at most {limits.fall:g} DN")
