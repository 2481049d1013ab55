"""Facts about the older tool, jwst_reffiles: its names and the order of its steps, as data."""

from collections.abc import Mapping
from types import MappingProxyType

#: Its names of pipeline steps, past and present, that mkrefs does not know, with those of mkrefs.
STEPS: Mapping[str, str] = MappingProxyType(
    {
        "slope": "rate",
        "rampfit": "rate",
        "dq": "dq_init",
        "sat": "saturation",
        "super": "superbias",
        "ref": "refpix",
        "lin": "linearity",
    }
)

#: Words that stood for steps in its texts without being defined there, with what they may have meant.
STEPS_PERHAPS: Mapping[str, str] = MappingProxyType({"bpm": "dq_init"})

#: Its steps in order, by which it expanded a range.
NIR_ORDER = (
    "group_scale",
    "dq_init",
    "saturation",
    "ipc",
    "superbias",
    "refpix",
    "linearity",
    "persistence",
    "dark_current",
    "jump",
    "ramp_fit",
)
MIRI_ORDER = (
    "group_scale",
    "dq_init",
    "saturation",
    "ipc",
    "firstframe",
    "lastframe",
    "linearity",
    "rscd",
    "dark_current",
    "refpix",
    "jump",
    "ramp_fit",
)

#: Its names of reference types that mkrefs does not take.
REFTYPES: Mapping[str, str] = MappingProxyType({"rdn": "readnoise"})

#: FITS keywords of data from before the present format, with those of today.
FITS_KEYWORDS: Mapping[str, str] = MappingProxyType({"NGROUP": "NGROUPS", "NINT": "NINTS"})

#: The sections of time windows it read; it took no notice of others.
WINDOWS = ("DD", "FF", "DDFF")

#: An early name of the section `reffile4ssb`.
EARLY_REFFILE4SSB = "ssbstep"

#: Keys of its files on which it never acted, and mkrefs does.
IDLE_KEYS = ("validation", "test4datamodel", "test4ssb", "quality_check")

#: Parameters of its modules that have another name in every creator of mkrefs.
PARAMETERS: Mapping[str, str] = MappingProxyType({"use_after": "useafter", "descrip": "description"})

#: Parameters without effect on its files, with the reason why they can go.
IDLE_PARAMETERS: Mapping[str, str] = MappingProxyType(
    {
        "verbose": "how much is printed is said by -v, -vv or -vvv",
        "output_file": "the older tool took no notice of it; in mkrefs 'outfile' names the final file",
    }
)
