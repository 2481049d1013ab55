"""The creator `readnoise`: checks its ramps, measures them, and hands over the content of the file."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar

from mkrefs.api import Creator, Ramp, ReferenceData, UserError, reference_pixels
from mkrefs_detector import states
from mkrefs_detector.inputs import check_same_mode, check_types
from mkrefs_detector.readnoise.parameters import ReadnoiseParameters
from mkrefs_detector.readnoise.settings import NoiseSettings


class ReadnoiseCreator(Creator):
    """CDS read noise from dark ramps."""

    label: ClassVar[str] = "readnoise"
    reftype: ClassVar[str] = "readnoise"
    imtypes: ClassVar[str] = "D+"
    # Common-mode drifts are no read noise: the near-infrared detectors' reference pixels take them away.
    # For MIRI refpix comes after the dark subtraction, whose own noise would repeat in every ramp. The ipc
    # step is left out: undoing the coupling adds up the noise of neighbours, 2 % for a coupling of 0.5 %.
    ssbsteps: ClassVar[Mapping[str, str]] = states.REFERENCED
    combiner: ClassVar[str] = "sigma_clipped_mean"
    checks: ClassVar[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
        {"finite": {}, "unit": {}, "range": {}, "sign": {}, "read_pattern": {}, "subarray": {}}
    )
    unit: ClassVar[str] = "DN"
    measures: ClassVar[str] = (
        "CDS noise: the standard deviation of the difference of two single frames, sqrt(2) times the noise "
        "of one read; not corrected for inter-pixel capacitance."
    )
    same: ClassVar[tuple[str, ...]] = ("NFRAMES",)
    Parameters = ReadnoiseParameters

    def create(self, ramps: Mapping[str, Ramp], parameters: ReadnoiseParameters) -> ReferenceData:
        """Make the content of a read noise file from dark ramps of one mode.

        Parameters
        ----------
        ramps : mapping of str to Ramp
            Dark ramps by role.
        parameters : ReadnoiseParameters
            What the section of the label sets.

        Returns
        -------
        ReferenceData
            ``data`` in DN, with the extensions ERR (standard error) and NSAMPLES (degrees of freedom).

        Raises
        ------
        mkrefs.api.UserError
            If the ramps do not go together, or are too few to measure a scatter.
        """
        from mkrefs_detector.readnoise.product import fill_gaps, level_out
        from mkrefs_detector.readnoise.streaming import measure_ramps

        check_types("readnoise", ramps, "D")
        inputs = tuple(ramps.values())
        _check_inputs(inputs)
        settings = NoiseSettings(
            method=parameters.method,
            group_diff_type=parameters.group_diff_type,
            clipping_sigma=parameters.clipping_sigma,
            max_clipping_iters=parameters.max_clipping_iters,
            bias_correction=parameters.bias_correction,
        )
        metadata = inputs[0].metadata
        measured = measure_ramps(
            inputs,
            settings,
            nframes=metadata.nframes,
            nproc=parameters.nproc,
            slice_width=parameters.slice_width,
        )
        reference = reference_pixels(metadata)
        product = fill_gaps(measured, reference)
        if parameters.single_value:
            product = level_out(
                product,
                reference,
                sigma=parameters.clipping_sigma,
                iterations=parameters.max_clipping_iters,
            )
        return ReferenceData(
            arrays={"data": product.noise},
            metadata={"bunit_data": "DN"},
            extensions={"ERR": product.err, "NSAMPLES": product.samples},
            history=(_what_was_done(settings, len(inputs), metadata.nframes), *product.history),
        )


def _check_inputs(ramps: Sequence[Ramp]) -> None:
    """Refuse ramps of different detectors, places, sizes or numbers of averaged frames."""
    check_same_mode("readnoise", ramps, ("detector", "xstart", "ystart", "xsize", "ysize", "nframes"))
    for ramp in ramps:
        if "IRS2" in ramp.metadata.readpatt and ramp.shape[2] > ramp.metadata.ysize:
            raise UserError(
                f"readnoise: {ramp.name} still holds the reference pixels that {ramp.metadata.readpatt} "
                "interleaves with the others; let ssbsteps include refpix, which takes them out."
            )
        rows, columns = ramp.metadata.ysize, ramp.metadata.xsize
        if ramp.shape[2:] != (rows, columns):
            raise UserError(
                f"readnoise: the array of {ramp.name} has {ramp.shape[2]} rows and {ramp.shape[3]} columns, "
                f"but its header says {rows} and {columns}; mend the header or leave the exposure out."
            )


def _what_was_done(settings: NoiseSettings, ramps: int, nframes: int) -> str:
    correction = "corrected" if settings.bias_correction else "not corrected"
    return (
        f"CDS noise of single frames in DN, method {settings.method}, {settings.differences} differences of "
        f"{ramps} ramps, NFRAMES {nframes}, {correction} for the bias of clipping and small samples."
    )
