"""What kind of image an exposure is by its EXP_TYPE: dark (D), lamp or internal flat (F), science image (I).

Images are those of imaging, coronagraphy, aperture masks and imaged time series. Spectra, focus sweeps and
guiding data are none of these and are not listed; target acquisitions are listed apart.
The names are those of the core schema of stdatamodels; a test compares them with the installed package.
"""

from collections.abc import Mapping
from types import MappingProxyType

_DARKS = {
    "NIRCAM": ("NRC_DARK",),
    "NIRISS": ("NIS_DARK",),
    "NIRSPEC": ("NRS_DARK",),
    "FGS": ("FGS_DARK",),
    "MIRI": ("MIR_DARKIMG", "MIR_DARKMRS", "MIR_DARKALL"),
}
_FLATS = {
    "NIRCAM": ("NRC_LED", "NRC_FLAT"),
    "NIRISS": ("NIS_LAMP",),
    "NIRSPEC": ("NRS_LAMP", "NRS_AUTOFLAT"),
    "FGS": ("FGS_INTFLAT", "FGS_SKYFLAT"),
    "MIRI": ("MIR_FLATIMAGE", "MIR_FLATMRS", "MIR_FLATIMAGE-EXT", "MIR_FLATMRS-EXT"),
}
_IMAGES = {
    "NIRCAM": ("NRC_IMAGE", "NRC_CORON", "NRC_TSIMAGE"),
    "NIRISS": ("NIS_IMAGE", "NIS_AMI"),
    "NIRSPEC": ("NRS_IMAGE",),
    "FGS": ("FGS_IMAGE",),
    "MIRI": ("MIR_IMAGE", "MIR_LYOT", "MIR_4QPM", "MIR_CORONCAL"),
}

#: EXP_TYPE values of images by which a target is found.
ACQUISITIONS = frozenset(
    {
        *("NRC_TACQ", "NRC_TACONFIRM", "NIS_TACQ", "NIS_TACONFIRM", "MIR_TACQ", "MIR_TACONFIRM"),
        *("NRS_TACQ", "NRS_TACONFIRM", "NRS_MSATA", "NRS_WATA"),
    }
)

#: EXP_TYPE values by image type and instrument; the first is the usual one.
EXPOSURE_TYPES: Mapping[str, Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "D": MappingProxyType(_DARKS),
        "F": MappingProxyType(_FLATS),
        "I": MappingProxyType(_IMAGES),
    }
)

#: Image type by EXP_TYPE.
IMTYPES: Mapping[str, str] = MappingProxyType(
    {
        exp_type: imtype
        for imtype, by_instrument in EXPOSURE_TYPES.items()
        for exp_types in by_instrument.values()
        for exp_type in exp_types
    }
)


def image_type(exp_type: str) -> str | None:
    """Give the image type of an EXP_TYPE: ``"D"``, ``"F"``, ``"I"``, or None for anything else."""
    return IMTYPES.get(exp_type.strip().upper())


def is_acquisition(exp_type: str) -> bool:
    """Tell whether an EXP_TYPE is that of a target acquisition."""
    return exp_type.strip().upper() in ACQUISITIONS


def default_exposure_type(instrument: str, detector: str, imtype: str) -> str:
    """Give the usual EXP_TYPE of a detector's darks, flats or images.

    Parameters
    ----------
    instrument, detector : str
        Values of INSTRUME and DETECTOR; the two MIRI spectrometer detectors have types of their own.
    imtype : str
        ``"D"``, ``"F"`` or ``"I"``.
    """
    spectrometer = detector.startswith("MIRIFU") and imtype in {"D", "F"}
    return EXPOSURE_TYPES[imtype][instrument][1 if spectrometer else 0]
