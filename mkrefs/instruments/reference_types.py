"""The CRDS reference types of calwebb_detector1, and of calwebb_image2 for images, as data.

Names, aliases, data models and selectors; files for spectra are not among them.

Only facts and their look-up; nothing here opens a file or imports a data model.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from types import MappingProxyType

from mkrefs.errors import UserError

#: The instruments, as the keyword INSTRUME spells them.
INSTRUMENTS = ("NIRCAM", "NIRISS", "NIRSPEC", "FGS", "MIRI")
#: What configurations of the older tool append to a reference type: ``gainreffile``.
KEY_SUFFIX = "reffile"

_NEAR_INFRARED = ("NIRCAM", "NIRISS", "NIRSPEC", "FGS")
_WITH_PERSISTENCE = ("NIRCAM", "NIRISS", "FGS")
_IMAGERS = ("NIRCAM", "NIRISS", "FGS", "MIRI")
_SUBARRAY_GEOMETRY = ("SUBSTRT1", "SUBSTRT2", "SUBSIZE1", "SUBSIZE2")

Selectors = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class ReferenceType:
    """One CRDS reference type.

    Attributes
    ----------
    name : str
        Name in CRDS, in lower case.
    model : str
        Class in ``stdatamodels.jwst.datamodels``, that of images where others have models of their own.
    has_dq : bool
        Whether the file carries a DQ array with its DQ_DEF table.
    selectors : mapping of str to tuple of str
        FITS keywords by which CRDS tells the files of one instrument apart, besides DATE-OBS and
        TIME-OBS (source: the operational rmaps). An instrument that is not named has no such file.
    aliases : tuple of str
        Other names accepted in the configuration.
    models : mapping of str to str
        Class of the instruments that differ from `model`.
    """

    name: str
    model: str
    has_dq: bool
    selectors: Selectors
    aliases: tuple[str, ...] = ()
    models: Mapping[str, str] = field(default_factory=dict)

    def model_for(self, instrument: str) -> str:
        """Name the data model class for an instrument given as INSTRUME spells it."""
        return self.models.get(instrument, self.model)


def _each(instruments: tuple[str, ...], *keywords: str, **others: tuple[str, ...]) -> Selectors:
    """Give all instruments the same keywords, and some others."""
    return MappingProxyType(dict.fromkeys(instruments, keywords) | others)


_TYPES = (
    ReferenceType(
        "mask",
        "MaskModel",
        has_dq=True,
        aliases=("bpm",),
        selectors=_each(
            INSTRUMENTS,
            "DETECTOR",
            "SUBARRAY",
            FGS=("DETECTOR", "SUBARRAY", "EXP_TYPE"),
            NIRSPEC=("DETECTOR", "SUBARRAY", "READPATT"),
        ),
    ),
    ReferenceType(
        "readnoise",
        "ReadnoiseModel",
        has_dq=False,
        aliases=("rdnoise",),
        selectors=_each(INSTRUMENTS, "DETECTOR", "READPATT", "SUBARRAY"),
    ),
    ReferenceType("gain", "GainModel", has_dq=False, selectors=_each(INSTRUMENTS, "DETECTOR", "SUBARRAY")),
    ReferenceType(
        "linearity",
        "LinearityModel",
        has_dq=True,
        selectors=_each(INSTRUMENTS, "DETECTOR", "SUBARRAY", MIRI=("DETECTOR", "SUBARRAY", "BAND", "FILTER")),
    ),
    ReferenceType(
        "superbias",
        "SuperBiasModel",
        has_dq=True,
        selectors=_each(
            _NEAR_INFRARED,
            "DETECTOR",
            "READPATT",
            "SUBARRAY",
            NIRSPEC=("DETECTOR", "READPATT", "SUBARRAY", *_SUBARRAY_GEOMETRY),
        ),
    ),
    ReferenceType(
        "dark",
        "DarkModel",
        has_dq=True,
        models=MappingProxyType({"MIRI": "DarkMIRIModel", "NIRSPEC": "DarkNirspecModel"}),
        selectors=_each(
            INSTRUMENTS,
            "DETECTOR",
            "READPATT",
            "SUBARRAY",
            NIRCAM=("DETECTOR", "EXP_TYPE", "NOUTPUTS", "SUBARRAY"),
            NIRSPEC=("DETECTOR", "READPATT", "SUBARRAY", *_SUBARRAY_GEOMETRY),
        ),
    ),
    ReferenceType(
        "saturation",
        "SaturationModel",
        has_dq=True,
        selectors=_each(INSTRUMENTS, "DETECTOR", NIRSPEC=("DETECTOR", "SUBARRAY")),
    ),
    ReferenceType("ipc", "IPCModel", has_dq=False, selectors=_each(INSTRUMENTS, "DETECTOR")),
    ReferenceType(
        "flat",
        "FlatModel",
        has_dq=True,
        selectors=_each(
            INSTRUMENTS,
            "DETECTOR",
            "FILTER",
            "PUPIL",
            NIRSPEC=("DETECTOR", "FILTER", "GRATING", "EXP_TYPE"),
            FGS=("DETECTOR", "EXP_TYPE"),
            MIRI=("DETECTOR", "FILTER", "BAND", "READPATT", "SUBARRAY"),
        ),
    ),
    ReferenceType(
        "reset",
        "ResetModel",
        has_dq=True,
        selectors=_each(("MIRI",), "DETECTOR", "READPATT", "SUBARRAY"),
    ),
    ReferenceType(
        "lastframe",
        "LastFrameModel",
        has_dq=True,
        selectors=_each(("MIRI",), "DETECTOR", "READPATT", "SUBARRAY"),
    ),
    ReferenceType("rscd", "RSCDModel", has_dq=False, selectors=_each(("MIRI",), "DETECTOR")),
    ReferenceType("emicorr", "EmiModel", has_dq=False, selectors=_each(("MIRI",))),
    ReferenceType("refpix", "IRS2Model", has_dq=False, selectors=_each(("NIRSPEC",), "DETECTOR", "READPATT")),
    ReferenceType(
        "sirskernel", "SIRSKernelModel", has_dq=False, selectors=_each(("NIRCAM", "NIRISS", "NIRSPEC"))
    ),
    ReferenceType(
        "pictureframe", "PictureFrameModel", has_dq=False, selectors=_each(("NIRSPEC",), "DETECTOR")
    ),
    ReferenceType(
        "pastasoss",
        "PastasossModel",
        has_dq=False,
        selectors=_each(("NIRISS",), "DETECTOR", "FILTER", "EXP_TYPE"),
    ),
    ReferenceType(
        "persat", "PersistenceSatModel", has_dq=True, selectors=_each(_WITH_PERSISTENCE, "DETECTOR")
    ),
    ReferenceType(
        "trapdensity", "TrapDensityModel", has_dq=True, selectors=_each(_WITH_PERSISTENCE, "DETECTOR")
    ),
    ReferenceType("trappars", "TrapParsModel", has_dq=False, selectors=_each(_WITH_PERSISTENCE, "DETECTOR")),
    ReferenceType(
        "distortion",
        "DistortionModel",
        has_dq=False,
        selectors=_each(
            (),
            NIRCAM=("DETECTOR", "EXP_TYPE", "CHANNEL", "FILTER"),
            NIRISS=("EXP_TYPE", "PUPIL"),
            FGS=("DETECTOR", "EXP_TYPE"),
            MIRI=("DETECTOR", "EXP_TYPE", "CHANNEL", "BAND"),
        ),
    ),
    ReferenceType(
        "filteroffset",
        "FilteroffsetModel",
        has_dq=False,
        selectors=_each(
            (), NIRCAM=("CHANNEL", "MODULE"), NIRISS=("EXP_TYPE",), MIRI=("DETECTOR", "EXP_TYPE")
        ),
    ),
    ReferenceType(
        "photom",
        "NrcImgPhotomModel",
        has_dq=False,
        models=MappingProxyType(
            {"NIRISS": "NisImgPhotomModel", "FGS": "FgsImgPhotomModel", "MIRI": "MirImgPhotomModel"}
        ),
        selectors=_each(_IMAGERS, "DETECTOR", MIRI=("DETECTOR", "BAND")),
    ),
    ReferenceType(
        "area",
        "PixelAreaModel",
        has_dq=False,
        selectors=_each(
            _IMAGERS,
            *("DETECTOR", "FILTER", "PUPIL", "EXP_TYPE"),
            FGS=("DETECTOR",),
            MIRI=("DETECTOR", "FILTER", "EXP_TYPE"),
        ),
    ),
)

#: Every reference type by its CRDS name.
REFERENCE_TYPES: Mapping[str, ReferenceType] = MappingProxyType({entry.name: entry for entry in _TYPES})
_BY_WORD = {word: entry.name for entry in _TYPES for word in (entry.name, *entry.aliases)}


def canonical_reftype(name: str) -> str:
    """Find the CRDS name of a reference type from any name the configuration may use.

    Parameters
    ----------
    name : str
        A CRDS name, an alias (``bpm``, ``rdnoise``), or either with the suffix ``reffile``
        (``gainreffile``); in any capitalisation.

    Returns
    -------
    str
        A key of `REFERENCE_TYPES`.

    Raises
    ------
    mkrefs.errors.UserError
        If there is no such type; the message proposes the nearest name.
    """
    word = name.strip().lower()
    for spelling in (word, word.removesuffix(KEY_SUFFIX)):
        if spelling in _BY_WORD:
            return _BY_WORD[spelling]
    near = get_close_matches(word.removesuffix(KEY_SUFFIX), _BY_WORD, n=1)
    hint = f"did you mean '{near[0]}'? " if near else ""
    raise UserError(f"'{name}' is not a reference type; {hint}allowed: {', '.join(sorted(_BY_WORD))}")
