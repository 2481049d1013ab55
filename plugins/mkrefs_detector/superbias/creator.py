"""The creator `superbias`: checks its ramps, measures them, and hands over the content of the file."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from mkrefs.api import Creator, Ramp, ReferenceData, UserError
from mkrefs_detector import states
from mkrefs_detector.inputs import check_same_mode, check_types
from mkrefs_detector.superbias.parameters import SuperbiasParameters
from mkrefs_detector.superbias.settings import BiasSettings

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mkrefs_detector.superbias.streaming import BiasMap

_ONE_MODE = (
    *("instrument", "detector", "xstart", "ystart", "xsize", "ysize", "fastaxis"),
    *("readpatt", "nframes", "noutputs"),
)


class SuperbiasCreator(Creator):
    """Superbias from the first groups of dark ramps."""

    label: ClassVar[str] = "superbias"
    reftype: ClassVar[str] = "superbias"
    imtypes: ClassVar[str] = "D+"
    # dq_init tells which pixels are reference pixels, saturation which first groups hold no bias. The step
    # after them is the one that takes this file: its input is what must be measured.
    ssbsteps: ClassVar[Mapping[str, str]] = states.BIAS
    # Weighted by numbers of samples, several files give what one of all their exposures would.
    combiner: ClassVar[str] = "weighted"
    # Gaps are filled, so that every value is finite.
    checks: ClassVar[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
        {"finite": {"least": 1.0}, "unit": {}, "range": {}, "read_pattern": {}, "subarray": {}}
    )
    unit: ClassVar[str] = "DN"
    measures: ClassVar[str] = (
        "Mean raw level of the first group of each integration, in DN: the bias, with the dark signal "
        "collected until that group and the mean drift of the inputs; not corrected by reference pixels, "
        "for inter-pixel capacitance or linearity."
    )
    same: ClassVar[tuple[str, ...]] = ("NFRAMES",)
    Parameters = SuperbiasParameters

    def create(self, ramps: Mapping[str, Ramp], parameters: SuperbiasParameters) -> ReferenceData:
        """Make the content of a superbias file from dark ramps of one mode.

        Parameters
        ----------
        ramps : mapping of str to Ramp
            Dark ramps by role.
        parameters : SuperbiasParameters
            What the section of the label sets.

        Returns
        -------
        ReferenceData
            ``data`` and ``err`` in DN, flags UNRELIABLE_BIAS and DO_NOT_USE, the extensions SCATTER, NSAMPLES
            and REFPIX, and FILLED and figures where wanted.

        Raises
        ------
        mkrefs.api.UserError
            If the ramps do not go together, are MIRI's, or are too few.
        """
        from mkrefs_detector.superbias.channels import read_channels
        from mkrefs_detector.superbias.figures import bias_figures
        from mkrefs_detector.superbias.product import fill_unreliable, make_product
        from mkrefs_detector.superbias.reference_map import map_reference_pixels
        from mkrefs_detector.superbias.streaming import measure_ramps

        check_types("superbias", ramps, "D")
        inputs = tuple(ramps.values())
        _check_inputs(inputs)
        metadata, shape = inputs[0].metadata, inputs[0].shape[2:]
        channels = read_channels(metadata, shape)
        reference, fit = map_reference_pixels(_pixel_dq(inputs[0]), metadata)
        settings = _settings(parameters)
        measured = measure_ramps(inputs, settings, channels=channels, reference=fit)
        product = make_product(measured, parameters, channels=channels, reference=reference)
        extensions: dict[str, NDArray[np.generic]] = {
            "SCATTER": measured.scatter,
            "NSAMPLES": measured.count.astype("float32"),
            "REFPIX": reference.astype("uint8"),
        }
        history = [*_what_was_done(measured, settings, len(inputs)), *product.history]
        if parameters.save_filled:
            extensions["FILLED"], line = fill_unreliable(
                product, parameters, channels=channels, reference=reference
            )
            history.append(line)
        where = f"{metadata.detector} {metadata.subarray}"
        return ReferenceData(
            arrays={"data": product.bias, "err": product.err},
            flags={"DO_NOT_USE": product.unreliable, "UNRELIABLE_BIAS": product.unreliable},
            metadata={"bunit_data": "DN"},
            extensions=extensions,
            history=tuple(history),
            figures=bias_figures(product, reference, where) if parameters.plot else {},
        )


def _settings(parameters: SuperbiasParameters) -> BiasSettings:
    return BiasSettings(
        clipping_sigma=parameters.clipping_sigma,
        max_clipping_iters=parameters.max_clipping_iters,
        bias_correction=parameters.bias_correction,
        drift_correction=parameters.drift_correction,
    )


def _check_inputs(ramps: Sequence[Ramp]) -> None:
    check_same_mode("superbias", ramps, _ONE_MODE)
    for ramp in ramps:
        if ramp.metadata.instrument == "MIRI":
            raise UserError(
                f"superbias: {ramp.name} is of MIRI, whose pipeline takes no superbias off; select exposures "
                "of NIRCam, NIRISS, NIRSpec or FGS."
            )


def _pixel_dq(ramp: Ramp) -> "NDArray[np.uint32]":
    """Read the flags of all pixels."""
    return ramp.rows(0, ramp.shape[2], slice(0, 1)).pixel_dq


def _what_was_done(measured: "BiasMap", settings: BiasSettings, ramps: int) -> tuple[str, ...]:
    pixels = measured.size * measured.count.size
    rejected = pixels - measured.spoilt - int(measured.count.sum(dtype="int64"))
    how = "for small samples" if settings.bias_correction else "plainly about the median"
    drift = measured.drift
    if not settings.drift_correction:
        said = "Drifts between the integrations were left in."
    elif not drift.known.any():
        said = "Drifts between the integrations were left in: there are too few reference pixels."
    else:
        said = (
            f"Drifts between the integrations, {drift.rms:.3g} DN rms by the reference pixels of "
            f"{int(drift.known.sum())} of {drift.known.size} channels, were taken off; their mean stays."
        )
    return (
        f"Mean of the first groups of {measured.size} integrations of {ramps} ramps, in DN, clipped at "
        f"{settings.clipping_sigma:g} sigma {how}: {rejected / pixels:.3%} of the samples rejected, "
        f"{measured.spoilt / pixels:.3%} left out by their flags.",
        said,
    )
