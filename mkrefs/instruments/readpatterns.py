"""Read-out patterns as data: how many frames a group averages, and how many are left out between groups.

Sources: NIRCam, ``jwst/dark_current/tests/test_dark_sub.py`` and JDox; NIRISS, NIRSpec and MIRI, JDox
"Detector Readout Patterns"; FGS, the table of the simulator mirage
(``mirage/config/guider_readout_pattern.txt``). Patterns whose numbers no public source gives (FGS60, FGS840,
FGS8370 ...) are not listed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from mkrefs.errors import UserError


@dataclass(frozen=True, slots=True)
class ReadPattern:
    """One read-out pattern.

    Attributes
    ----------
    name : str
        Value of READPATT.
    nframes : int
        Frames averaged into one group (NFRAMES).
    groupgap : int
        Frames dropped between two groups (GROUPGAP).
    nsamples : int
        Samples of a pixel in one frame (NSAMPLES).
    """

    name: str
    nframes: int = 1
    groupgap: int = 0
    nsamples: int = 1


def _table(*patterns: ReadPattern) -> Mapping[str, ReadPattern]:
    return MappingProxyType({pattern.name: pattern for pattern in patterns})


_MIRI_SLOW_SAMPLES = 9

#: Patterns by instrument and name; the first of each instrument reads every frame.
READPATTERNS: Mapping[str, Mapping[str, ReadPattern]] = MappingProxyType(
    {
        "NIRCAM": _table(
            ReadPattern("RAPID"),
            ReadPattern("BRIGHT1", 1, 1),
            ReadPattern("BRIGHT2", 2, 0),
            ReadPattern("SHALLOW2", 2, 3),
            ReadPattern("SHALLOW4", 4, 1),
            ReadPattern("MEDIUM2", 2, 8),
            ReadPattern("MEDIUM8", 8, 2),
            ReadPattern("DEEP2", 2, 18),
            ReadPattern("DEEP8", 8, 12),
        ),
        "NIRISS": _table(ReadPattern("NISRAPID"), ReadPattern("NIS", 4)),
        "NIRSPEC": _table(
            ReadPattern("NRSRAPID"),
            ReadPattern("NRS", 4),
            ReadPattern("NRSIRS2RAPID"),
            ReadPattern("NRSIRS2", 5),
        ),
        "FGS": _table(ReadPattern("FGSRAPID"), ReadPattern("FGS", 4)),
        "MIRI": _table(
            ReadPattern("FASTR1"),
            ReadPattern("FAST"),
            ReadPattern("SLOWR1", nsamples=_MIRI_SLOW_SAMPLES),
            ReadPattern("SLOW", nsamples=_MIRI_SLOW_SAMPLES),
        ),
    }
)


def default_pattern(instrument: str) -> ReadPattern:
    """Give the pattern of an instrument that keeps every frame as a group."""
    return next(iter(READPATTERNS[instrument].values()))


def read_pattern(instrument: str, name: str) -> ReadPattern:
    """Give a read-out pattern by instrument and name.

    Raises
    ------
    mkrefs.errors.UserError
        If the instrument has no such pattern, or its numbers are not known.
    """
    patterns = READPATTERNS[instrument]
    try:
        return patterns[name.upper()]
    except KeyError:
        message = f"read pattern {name!r} of {instrument} is not known; choose one of {', '.join(patterns)}"
        raise UserError(message) from None
