"""The creator `badpix_from_darks`: the search in darks, as a mask of its own."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar

from mkrefs.api import Creator, Ramp, ReferenceData
from mkrefs_detector import states
from mkrefs_detector.bad_pixel_mask.darks.parameters import DarksParameters
from mkrefs_detector.inputs import check_types


class BadpixFromDarksCreator(Creator):
    """Bad pixel mask from darks."""

    label: ClassVar[str] = "badpix_from_darks"
    reftype: ClassVar[str] = "mask"
    imtypes: ClassVar[str] = "D+"
    ssbsteps: ClassVar[Mapping[str, str]] = states.JUMPS
    combiner: ClassVar[str] = "majority"
    checks: ClassVar[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
        {"dq_definition": {}, "flagged": {}, "reference_pixels": {}, "dq_policy": {}}
    )
    unit: ClassVar[str] = "DQ flags"
    measures: ClassVar[str] = (
        "Which pixels do in the dark what they should not: HOT and WARM by their dark rate (DN/s) and "
        "saturation, noisy ones by the scatter within and between ramps (DN), RC by ramps that settle, "
        "TELEGRAPH by two levels, and those with a low pedestal."
    )
    same: ClassVar[tuple[str, ...]] = ("READPATT", "NFRAMES", "GROUPGAP")
    products: ClassVar[Mapping[str, tuple[str, ...]]] = MappingProxyType({"D": ("rateints", "fitopt", "raw")})
    Parameters = DarksParameters

    def create(self, ramps: Mapping[str, Ramp], parameters: DarksParameters) -> ReferenceData:
        """Make the content of a mask from darks of one mode.

        Parameters
        ----------
        ramps : mapping of str to Ramp
            Darks by role.
        parameters : DarksParameters
            What the section of the label sets.

        Returns
        -------
        ReferenceData
            Flags HOT, WARM, RC, TELEGRAPH, UNRELIABLE_SLOPE, OTHER_BAD_PIXEL, REFERENCE_PIXEL and DO_NOT_USE,
            and the extension DARK_CLASSES.

        Raises
        ------
        mkrefs.api.UserError
            If the ramps are no darks, or do not go together.
        """
        from mkrefs_detector.bad_pixel_mask.darks.search import check_darks, search_darks
        from mkrefs_detector.bad_pixel_mask.product import make_mask, read_flags

        check_types(self.label, ramps, "D")
        inputs = tuple(ramps.values())
        check_darks(inputs)
        reference, in_use = read_flags(inputs)
        found = search_darks(inputs, parameters.settings(), reference=reference, plot=parameters.plot)
        return make_mask(
            [(found, parameters.policy())],
            reference=reference,
            in_use=in_use,
            metadata=inputs[0].metadata,
            plot=parameters.plot,
            exp_type=parameters.exp_type,
        )
