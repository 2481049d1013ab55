"""The creator `dark`: checks its ramps, measures them, and hands over the content of the file."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from mkrefs.api import Creator, ExposureMetadata, Ramp, ReferenceData, UserError
from mkrefs_detector import states
from mkrefs_detector.dark.parameters import DarkParameters
from mkrefs_detector.dark.settings import DarkSettings
from mkrefs_detector.inputs import check_dark_is_there, check_same_mode, check_types

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from mkrefs_detector.dark.product import DarkProduct
    from mkrefs_detector.dark.streaming import DarkMap

_ONE_MODE = (
    *("instrument", "detector", "xstart", "ystart", "xsize", "ysize", "fastaxis"),
    *("readpatt", "nframes", "groupgap", "group_time", "noutputs"),
)
# Pixels of a full frame, and bytes that a group of one takes with its flags.
_FULL, _FULL_MIRI, _BYTES = 2048 * 2048, 1024 * 1032, 5
# More memory than this for ramps makes nothing faster: they are to stay in the cache.
_MOST_BYTES = 1 << 25


class DarkCreator(Creator):
    """Dark current from ramps of darks in which cosmic rays are flagged."""

    label: ClassVar[str] = "dark"
    reftype: ClassVar[str] = "dark"
    imtypes: ClassVar[str] = "D+"
    # What the pipeline does before it takes this file off, and jump. MIRI's pipeline looks at the reference
    # pixels only after it has taken the dark off.
    ssbsteps: ClassVar[Mapping[str, str]] = states.DARK
    # Weighted by numbers of integrations, several files give what one of all their exposures would.
    combiner: ClassVar[str] = "weighted"
    # Gaps are filled, so that every value is finite.
    checks: ClassVar[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
        {"finite": {"least": 1.0}, "range": {}, "read_pattern": {}, "subarray": {}}
    )
    unit: ClassVar[str] = "DN"
    measures: ClassVar[str] = (
        "Mean signal in DN of each group of a dark ramp, bias and non-linearity removed: the mean level of "
        "the first group and the sum of the mean differences of the others; average_dark_current is the "
        "slope of that ramp in DN/s."
    )
    same: ClassVar[tuple[str, ...]] = ("READPATT", "NFRAMES", "GROUPGAP")
    Parameters = DarkParameters

    def create(self, ramps: Mapping[str, Ramp], parameters: DarkParameters) -> ReferenceData:
        """Make the content of a dark file from dark ramps of one mode.

        Parameters
        ----------
        ramps : mapping of str to Ramp
            Dark ramps by role.
        parameters : DarkParameters
            What the section of the label sets.

        Returns
        -------
        ReferenceData
            ``data`` and ``err`` in DN, ``average_dark_current`` in DN/s, flags HOT, WARM, UNRELIABLE_DARK and
            DO_NOT_USE, the extensions AVDRKERR, NCONTRIB, NSAMPLES and SCATTER, and figures where wanted.

        Raises
        ------
        mkrefs.api.UserError
            If the ramps are no darks, do not go together, or are too few.
        """
        from mkrefs_detector.dark.estimator import averaging_of
        from mkrefs_detector.dark.geometry import read_outputs, reference_map
        from mkrefs_detector.dark.product import make_product
        from mkrefs_detector.dark.streaming import measure_ramps

        check_types("dark", ramps, "D")
        inputs = tuple(ramps.values())
        check_same_mode("dark", inputs, _ONE_MODE)
        check_dark_is_there("dark", inputs)
        metadata, shape = inputs[0].metadata, inputs[0].shape[2:]
        _check_shape(inputs[0])
        reference = reference_map(inputs[0])
        averaging = averaging_of(metadata.nframes, metadata.groupgap)
        miri = metadata.instrument == "MIRI"
        settings = _settings(parameters, slope_without_last=miri)
        measured = measure_ramps(
            inputs,
            settings,
            channels=read_outputs(metadata, shape),
            first_apart=miri,
            averaging=averaging,
            block_bytes=_block_bytes(parameters, metadata),
        )
        product = make_product(
            measured,
            parameters,
            group_time=metadata.group_time,
            averaging=averaging,
            reference=reference,
            by_integration=miri,
        )
        history = (*_what_was_done(measured, settings, inputs), *product.history)
        return _content(product, parameters, history, reference, metadata)


def _content(
    product: "DarkProduct",
    parameters: DarkParameters,
    history: tuple[str, ...],
    reference: "NDArray[np.bool_]",
    metadata: ExposureMetadata,
) -> ReferenceData:
    from mkrefs_detector.dark.figures import dark_figures

    where = f"{metadata.detector} {metadata.subarray}"
    return ReferenceData(
        arrays={"data": product.data, "err": product.err, "average_dark_current": product.rate},
        flags=product.flags,
        metadata={
            "exposure.type": parameters.exp_type or "N/A",
            "exposure.ngroups": product.data.shape[-3],
        },
        extensions={
            "AVDRKERR": product.rate_err,
            "NCONTRIB": product.count,
            "NSAMPLES": product.samples,
            "SCATTER": product.scatter,
        },
        history=history,
        figures=dark_figures(product, reference, metadata.group_time, where) if parameters.plot else {},
    )


def _settings(parameters: DarkParameters, *, slope_without_last: bool) -> DarkSettings:
    return DarkSettings(
        average=parameters.average,
        sigma_threshold=parameters.sigma_threshold,
        max_clipping_iters=parameters.max_clipping_iters,
        step_threshold=parameters.step_threshold,
        use_after_hits=parameters.use_after_hits,
        max_hit_signal=parameters.max_hit_signal,
        share_noise=parameters.share_noise,
        drift_correction=parameters.drift_correction,
        fit_rate=parameters.fit_rate,
        ngroups=parameters.ngroups,
        unsteady_sigma=parameters.unreliable_sigma,
        slope_without_last=slope_without_last,
    )


def _check_shape(ramp: Ramp) -> None:
    rows, columns = ramp.metadata.ysize, ramp.metadata.xsize
    if ramp.shape[2:] != (rows, columns):
        raise UserError(
            f"dark: the array of {ramp.name} has {ramp.shape[2]} rows and {ramp.shape[3]} columns, but its "
            f"header says {rows} and {columns}; mend the header, or let ssbsteps include refpix, which takes "
            "interleaved reference pixels out."
        )


def _block_bytes(parameters: DarkParameters, metadata: ExposureMetadata) -> int:
    pixels = _FULL_MIRI if metadata.instrument == "MIRI" else _FULL
    return min(parameters.max_equivalent_groups * pixels * _BYTES, _MOST_BYTES)


def _what_was_done(measured: "DarkMap", settings: DarkSettings, ramps: Sequence[Ramp]) -> tuple[str, ...]:
    numbers = [selection.size for selection in measured.selections]
    size = sum(numbers)
    split = "" if len(numbers) == 1 else f" ({numbers[0]} first and {numbers[1]} later ones apart)"
    how = {
        "differences": "level of the first group and sum of the differences of groups",
        "levels": "level of each group by itself",
    }[settings.average]
    after = (
        f"A ramp counts after hits up to {settings.max_hit_signal:g} DN, but for the differences flagged."
        if settings.use_after_hits
        else "A ramp counts until its first hit."
    )
    lines = [
        f"Mean dark ramp of {size} integrations{split} of {len(ramps)} exposures, in DN: {how}, clipped at "
        f"{settings.sigma_threshold:g} sigma.",
        after,
    ]
    if settings.step_threshold > 0 and settings.average == "differences":
        share = measured.rejected / (size * measured.used[0].size)
        lines.append(
            f"Left out besides: {share:.3%} of the ramps, with steps beyond {settings.step_threshold:g} "
            "sigma."
        )
    if settings.drift_correction:
        drifts = ", ".join(f"{survey.drift:.3g}" for survey in measured.surveys)
        lines.append(f"Common drifts of the groups, {drifts} DN rms, were taken off; their mean stays.")
    if settings.slope_without_last:
        lines.append("The last group, whose frame is unlike the others, does not count in the dark current.")
    if settings.fit_rate:
        lines.append("The ramp is a straight line: it may be continued to any number of groups.")
    return tuple(lines)
