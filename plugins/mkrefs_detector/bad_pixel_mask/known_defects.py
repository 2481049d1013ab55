"""Bad pixels that are known by detector and that no search finds, as lines of a manual flag file.

Source: the Data Quality Initialization lists that come with the original algorithm (jwst_reffiles); of all
detectors only the MIRI imager's names any: its shorted columns, counted from 0.
"""

from collections.abc import Mapping
from types import MappingProxyType

#: By detector: lines of columns, rows and flag.
KNOWN_DEFECTS: Mapping[str, str] = MappingProxyType({"MIRIMAGE": "384:385 : UNRELIABLE_SLOPE"})
