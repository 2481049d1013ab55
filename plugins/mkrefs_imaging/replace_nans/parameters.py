"""The parameters of the correction `replace_nans`; names and defaults are the documented ones."""

from mkrefs.api import parameter
from mkrefs_imaging.kinds.kind import Kind
from mkrefs_imaging.kinds.parameters import KindParameters


class ReplaceNansParameters(KindParameters):
    """What the section of a label of this correction may set."""

    cval: float = parameter(
        0.0,
        "Value that takes the place of NaN, in the unit of the image.",
        unit="unit of the image",
        allow_inf_nan=False,
    )
    types: tuple[Kind, ...] = parameter(
        ("SCI", "SCI_BG", "REF", "REF_BG"),
        "What is corrected: science target (SCI) and PSF reference (REF), their target acquisition (_TA) and "
        "their backgrounds (_BG); images of other kinds are passed on as they are.",
    )
