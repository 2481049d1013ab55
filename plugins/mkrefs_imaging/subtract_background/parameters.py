"""The parameters of the correction `subtract_background`; names and defaults are the documented ones."""

from typing import Literal

from mkrefs.api import parameter
from mkrefs_imaging.kinds.kind import Kind
from mkrefs_imaging.kinds.parameters import KindParameters


class SubtractBackgroundParameters(KindParameters):
    """What the section of a label of this correction may set."""

    nints_per_med: int | None = parameter(
        None,
        "Number of integrations per median: with 5, the median of every five integrations of the "
        "backgrounds is subtracted from the corresponding five of the target; integrations over go with "
        "the last five. None takes one median of all.",
        ge=1,
    )
    types: tuple[Kind, ...] = parameter(
        ("SCI", "REF"),
        "What backgrounds are subtracted from: science target (SCI), PSF reference (REF), and their target "
        "acquisition (_TA). Backgrounds (_BG) themselves are never changed.",
    )
    no_background: Literal["refuse", "unchanged"] = parameter(
        "refuse",
        "What happens to images for which there is no background in the group: 'refuse' makes none, "
        "'unchanged' passes them on as they are, with a warning.",
    )
