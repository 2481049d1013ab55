"""The creator `bad_pixel_mask`: the searches in flats and in darks, as one mask."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from mkrefs.api import Creator, Ramp, ReferenceData, UserError
from mkrefs_detector import states
from mkrefs_detector.bad_pixel_mask.darks.creator import BadpixFromDarksCreator
from mkrefs_detector.bad_pixel_mask.flats.creator import BadpixFromFlatsCreator
from mkrefs_detector.bad_pixel_mask.mask_parameters import BadPixelMaskParameters
from mkrefs_detector.inputs import check_same_mode, check_types

if TYPE_CHECKING:
    from mkrefs_detector.bad_pixel_mask.search import BoolMap, Policy, Search

_ONE_ARRAY = ("instrument", "detector", "xstart", "ystart", "xsize", "ysize", "fastaxis")


class BadPixelMaskCreator(Creator):
    """Bad pixel mask from darks and lamp flats."""

    label: ClassVar[str] = "bad_pixel_mask"
    reftype: ClassVar[str] = "mask"
    imtypes: ClassVar[str] = "D+F+"
    ssbsteps: ClassVar[Mapping[str, str]] = states.JUMPS
    combiner: ClassVar[str] = "majority"
    # Which classes are DO_NOT_USE is the user's choice; by the documented default those of flats are not.
    checks: ClassVar[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
        {"dq_definition": {}, "flagged": {}, "reference_pixels": {}, "dq_policy": {"always": []}}
    )
    unit: ClassVar[str] = "DQ flags"
    measures: ClassVar[str] = (
        "Which pixels respond to light, or behave in the dark, as they should not: DEAD, LOW_QE, OPEN and "
        "ADJ_OPEN by flats; hot, warm, RC, telegraph, noisy and others by darks."
    )
    products: ClassVar[Mapping[str, tuple[str, ...]]] = MappingProxyType(
        {**BadpixFromDarksCreator.products, **BadpixFromFlatsCreator.products}
    )
    Parameters = BadPixelMaskParameters

    @classmethod
    def files(cls, parameters: BadPixelMaskParameters) -> tuple[str, ...]:
        """Name the list of manual flags, if one is given."""
        from mkrefs_detector.bad_pixel_mask.manual_flags import list_files

        return list_files(parameters.manual_flag_file)

    def create(self, ramps: Mapping[str, Ramp], parameters: BadPixelMaskParameters) -> ReferenceData:
        """Make the content of a mask from darks and flats of one detector and subarray.

        Parameters
        ----------
        ramps : mapping of str to Ramp
            Darks and flats by role. Where one kind is absent its search is left out.
        parameters : BadPixelMaskParameters
            What the section of the label sets.

        Returns
        -------
        ReferenceData
            The flags of both searches, REFERENCE_PIXEL, DO_NOT_USE, and those of the manual list.

        Raises
        ------
        mkrefs.api.UserError
            If the ramps do not go together, or no class could be searched.
        """
        from mkrefs_detector.bad_pixel_mask.manual_flags import manual_flags
        from mkrefs_detector.bad_pixel_mask.product import make_mask, read_flags

        check_types(self.label, ramps, "DF")
        inputs = tuple(ramps.values())
        check_same_mode("bad_pixel_mask", inputs, _ONE_ARRAY)
        metadata = inputs[0].metadata
        reference, in_use = read_flags(inputs)
        nrows, ncols = reference.shape
        return make_mask(
            _searches(ramps, parameters, reference),
            reference=reference,
            in_use=in_use,
            metadata=metadata,
            manual=manual_flags(parameters.manual_flag_file, metadata, (nrows, ncols)),
            plot=parameters.plot,
            exp_type=parameters.exp_type,
        )


def _searches(
    ramps: Mapping[str, Ramp], parameters: BadPixelMaskParameters, reference: "BoolMap"
) -> "list[tuple[Search, Policy]]":
    """Search in what there is; refuse if nothing could be searched at all."""
    from mkrefs_detector.bad_pixel_mask.darks.search import search_darks
    from mkrefs_detector.bad_pixel_mask.flats.search import search_flats

    judged = []
    flats, darks = _of_type(ramps, "F"), _of_type(ramps, "D")
    if flats:
        of_flats = parameters.flats()
        found = search_flats(flats, of_flats.settings(), reference=reference, plot=parameters.plot)
        judged.append((found, of_flats.policy()))
    if darks:
        of_darks = parameters.darks()
        found = search_darks(darks, of_darks.settings(), reference=reference, plot=parameters.plot)
        judged.append((found, of_darks.policy()))
    if not any(found.classes for found, _ in judged):
        reasons = "; ".join(dict.fromkeys(why for found, _ in judged for why in found.refused.values()))
        raise UserError(f"bad_pixel_mask: nothing could be searched ({reasons}); give more exposures.")
    return judged


def _of_type(ramps: Mapping[str, Ramp], imtype: str) -> Sequence[Ramp]:
    return [ramp for role, ramp in ramps.items() if role.startswith(imtype)]
