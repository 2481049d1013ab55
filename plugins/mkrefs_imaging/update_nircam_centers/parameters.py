"""The parameters of `update_nircam_centers`; the documented tool has none."""

from mkrefs.api import Parameters, parameter


class CentersParameters(Parameters):
    """What the section of `update_nircam_centers` may set."""

    max_offset: float = parameter(
        20.0,
        "Farthest that the reference pixel of an image may lie from the tabulated centre; beyond it the "
        "array has been cut or padded, and the image is left as it is.",
        unit="pixel",
        gt=0,
    )
