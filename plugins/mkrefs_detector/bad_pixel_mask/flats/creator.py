"""The creator `badpix_from_flats`: the search in flats, as a mask of its own."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar

from mkrefs.api import Creator, Ramp, ReferenceData
from mkrefs_detector import states
from mkrefs_detector.bad_pixel_mask.flats.parameters import FlatsParameters
from mkrefs_detector.inputs import check_types


class BadpixFromFlatsCreator(Creator):
    """Bad pixel mask from lamp flats."""

    label: ClassVar[str] = "badpix_from_flats"
    reftype: ClassVar[str] = "mask"
    imtypes: ClassVar[str] = "F+"
    ssbsteps: ClassVar[Mapping[str, str]] = states.JUMPS
    combiner: ClassVar[str] = "majority"
    # Which classes are DO_NOT_USE is the user's choice; by the documented default none is.
    checks: ClassVar[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
        {"dq_definition": {}, "flagged": {}, "reference_pixels": {}, "dq_policy": {"severity": "warning"}}
    )
    unit: ClassVar[str] = "DQ flags"
    measures: ClassVar[str] = (
        "Which pixels respond to light as they should not: DEAD, LOW_QE, OPEN and ADJ_OPEN, by the mean "
        "rate of flats relative to the level around a pixel."
    )
    products: ClassVar[Mapping[str, tuple[str, ...]]] = MappingProxyType({"F": ("rateints", "raw")})
    Parameters = FlatsParameters

    @classmethod
    def files(cls, parameters: FlatsParameters) -> tuple[str, ...]:
        """Name the list of manual flags, if one is given."""
        from mkrefs_detector.bad_pixel_mask.manual_flags import list_files

        return list_files(parameters.manual_flag_file)

    def create(self, ramps: Mapping[str, Ramp], parameters: FlatsParameters) -> ReferenceData:
        """Make the content of a mask from flats of one mode.

        Parameters
        ----------
        ramps : mapping of str to Ramp
            Flats by role.
        parameters : FlatsParameters
            What the section of the label sets.

        Returns
        -------
        ReferenceData
            Flags DEAD, LOW_QE, OPEN, ADJ_OPEN, REFERENCE_PIXEL and DO_NOT_USE, and those of the manual list.

        Raises
        ------
        mkrefs.api.UserError
            If the ramps are no flats, do not go together, or are not enough for any class.
        """
        from mkrefs_detector.bad_pixel_mask.flats.search import check_flats, check_searched, search_flats
        from mkrefs_detector.bad_pixel_mask.manual_flags import manual_flags
        from mkrefs_detector.bad_pixel_mask.product import make_mask, read_flags

        check_types(self.label, ramps, "F")
        inputs = tuple(ramps.values())
        check_flats(inputs)
        metadata = inputs[0].metadata
        reference, in_use = read_flags(inputs)
        found = search_flats(inputs, parameters.settings(), reference=reference, plot=parameters.plot)
        check_searched(found)
        nrows, ncols = reference.shape
        return make_mask(
            [(found, parameters.policy())],
            reference=reference,
            in_use=in_use,
            metadata=metadata,
            manual=manual_flags(parameters.manual_flag_file, metadata, (nrows, ncols)),
            plot=parameters.plot,
            exp_type=parameters.exp_type,
        )
