"""The calibration states that the official creators measure in; shorter ones are passed on the way to longer.

NIRSpec averages numbers of frames that are no power of two, and so needs its groups scaled first.
"""

from collections.abc import Mapping
from types import MappingProxyType

_BIAS = "dq_init, saturation"
_REFERENCED = f"{_BIAS}, superbias, refpix"
_LINEAR = f"{_REFERENCED}, linearity"
# Its last frame differs from the others, so that lastframe leaves it out.
_MIRI_LINEAR = "dq_init, saturation, lastframe, reset, linearity"


def _state(near_infrared: str, miri: str | None = None) -> Mapping[str, str]:
    others = {} if miri is None else {"MIRI": miri}
    return MappingProxyType({"*": near_infrared, "NIRSPEC": f"group_scale, {near_infrared}", **others})


#: Raw level, with the flags that tell which pixels and groups count.
BIAS = _state(_BIAS)
#: Without bias, and without the drifts that reference pixels see; for MIRI without reset and made straight.
REFERENCED = _state(_REFERENCED, _MIRI_LINEAR)
#: Ramps made straight.
LINEAR = _state(_LINEAR, _MIRI_LINEAR)
#: Jumps are flagged, and the dark current is still there.
JUMPS = _state(f"{_LINEAR}, jump", f"{_MIRI_LINEAR}, rscd, jump")
#: The same with the last group of MIRI, which the dark must have too.
DARK = _state(f"{_LINEAR}, jump", "dq_init, saturation, reset, linearity, rscd, jump")
