"""What ``assign_wcs`` needs of an exposure and of the CRDS context, in a sentence where it is missing."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from mkrefs.calibration.missing_references import no_file
from mkrefs.errors import UserError
from mkrefs.instruments.reference_types import REFERENCE_TYPES
from mkrefs.jobs.crds_state import CrdsState

#: Keywords of the pointing, and of where the reference pixel lies in the focal plane, with their place in the
#: model's ``meta.wcsinfo``: of some of them the guide star has namesakes.
POINTING: Mapping[str, str] = MappingProxyType(
    {
        "RA_REF": "ra_ref",
        "DEC_REF": "dec_ref",
        "ROLL_REF": "roll_ref",
        "V2_REF": "v2_ref",
        "V3_REF": "v3_ref",
        "V3I_YANG": "v3yangle",
        "VPARITY": "vparity",
    }
)
_REFTYPE = "distortion"


def require_sky(step: Any, model: Any, exposure: str, source: str, crds: CrdsState) -> None:
    """Refuse to look for the sky where nothing leads to it.

    Parameters
    ----------
    step : AssignWcsStep
        As configured.
    model : ImageModel or CubeModel
        The exposure.
    exposure, source : str
        Its name, and the file it was read from.
    crds : CrdsState
        Cache and context.

    Raises
    ------
    UserError
        If the header says too little of the pointing, or there is no distortion reference file.
    """
    instrument = str(model.meta.instrument.name)
    if step.skip or instrument not in REFERENCE_TYPES[_REFTYPE].selectors:
        return
    lacking = [key for key, name in POINTING.items() if getattr(model.meta.wcsinfo, name) is None]
    if lacking:
        raise UserError(
            f"{exposure}: its header lacks {', '.join(lacking)}, without which assign_wcs cannot tell where "
            "it looks; give a file with these keywords, or the calibrated image."
        )
    if step.get_reference_file(model, _REFTYPE) == "N/A":
        raise UserError(f"{exposure}: {no_file(_REFTYPE, source, crds)}")
