"""The creator `gain`: checks its ramps, measures them, and hands over the content of the file."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar

from mkrefs.api import Creator, Ramp, ReferenceData, UserError
from mkrefs_detector import states
from mkrefs_detector.gain.parameters import GainParameters
from mkrefs_detector.gain.settings import GainSettings
from mkrefs_detector.inputs import check_same_mode, check_types

if TYPE_CHECKING:
    from mkrefs_detector.gain.streaming import GainMeasurement

_ONE_MODE = (
    *("instrument", "detector", "xstart", "ystart", "xsize", "ysize", "fastaxis"),
    *("readpatt", "nframes", "groupgap", "noutputs"),
)
_DARK_TAKEN_OFF = (
    "By the differences of exposures alone: the noise of the dark that was taken off is in their sums."
)
_ONE_LIGHT = ("exp_type", "filter", "pupil", "band")


class GainCreator(Creator):
    """Gain by photon transfer, from pairs of flats and pairs of darks."""

    label: ClassVar[str] = "gain"
    reftype: ClassVar[str] = "gain"
    imtypes: ClassVar[str] = "DDFF"
    # Linear ramps without drifts. Not jump: it needs the gain it would help to measure, and cuts the tails of
    # the noise by it. Not ipc: the coupling is measured. Not dark_current: the darks take it off.
    ssbsteps: ClassVar[Mapping[str, str]] = states.LINEAR
    # By the numbers of squares behind values: errors, which grow with these, would favour low ones.
    combiner: ClassVar[str] = "weighted"
    # Gaps are filled, so that every value is finite.
    checks: ClassVar[Mapping[str, Mapping[str, Any]]] = MappingProxyType(
        {"finite": {"least": 1.0}, "unit": {}, "range": {}, "sign": {}, "subarray": {}}
    )
    unit: ClassVar[str] = "electrons/DN"
    measures: ClassVar[str] = (
        "Electrons per DN of linear signal: the mean signal over the variance of its shot noise, corrected "
        "for inter-pixel capacitance and the brighter-fatter effect unless switched off."
    )
    same: ClassVar[tuple[str, ...]] = ("NFRAMES", "GROUPGAP", "NOUTPUTS")
    # The flats as they were taken tell what the linearity step did to the read noise.
    products: ClassVar[Mapping[str, tuple[str, ...]]] = MappingProxyType({"F": ("raw",)})
    Parameters = GainParameters

    def create(self, ramps: Mapping[str, Ramp], parameters: GainParameters) -> ReferenceData:
        """Make the content of a gain file from pairs of flats and of darks of one mode.

        Parameters
        ----------
        ramps : mapping of str to Ramp
            Flats (``F1`` ...) and darks (``D1`` ...) by role, even numbers of each; darks may be none.
        parameters : GainParameters
            What the section of the label sets.

        Returns
        -------
        ReferenceData
            ``data`` in electrons per DN, the extensions ERR, NSAMPLES, FILLED, BOXES, CORRECTIONS, IPC and
            BFE, and figures where wanted.

        Raises
        ------
        mkrefs.api.UserError
            If the ramps do not go together, are MIRI's, or are too few.
        """
        from mkrefs_detector.gain.corrections import correction_tables, describe_corrections
        from mkrefs_detector.gain.figures import gain_figures
        from mkrefs_detector.gain.product import make_product
        from mkrefs_detector.gain.streaming import measure_pairs

        check_types("gain", ramps, "DF")
        flats = [ramp for role, ramp in ramps.items() if role.startswith("F")]
        darks = [ramp for role, ramp in ramps.items() if role.startswith("D")]
        _check_inputs(flats, darks, force=parameters.force)
        scaling = _scaling(parameters, flats[0])
        settings = _settings(parameters, sums=all("dark_current" not in ramp.done for ramp in ramps.values()))
        metadata = flats[0].metadata
        measured = measure_pairs(
            flats,
            darks,
            [ramp.raw for ramp in flats],
            metadata,
            settings,
            made_linear=_made_linear([*flats, *darks]),
        )
        product = make_product(measured, settings)
        where = f"{metadata.detector} {metadata.subarray}"
        return ReferenceData(
            arrays={"data": product.gain},
            metadata={"bunit_data": "ELECTRONS/DN", **scaling},
            extensions={
                "ERR": product.err,
                "NSAMPLES": product.samples,
                "FILLED": product.filled,
                "BOXES": product.boxes,
                **correction_tables(measured, settings, mean=product.mean),
            },
            history=(
                *_what_was_done(measured, settings, len(flats), len(darks)),
                *describe_corrections(measured, settings, mean=product.mean),
                *product.history,
            ),
            figures=gain_figures(measured, product, where) if parameters.plot else {},
        )


def _settings(parameters: GainParameters, *, sums: bool) -> GainSettings:
    return GainSettings(
        num_boxes=parameters.num_boxes,
        boxsize=parameters.boxsize,
        box_error=parameters.box_error,
        max_signal=parameters.max_signal,
        first_group=parameters.gmin,
        last_group=parameters.gmax,
        clipping_sigma=parameters.clipping_sigma,
        missed_hits=parameters.missed_hits,
        sums=sums,
        ipc=parameters.ipc_correction,
        brighter_fatter=parameters.brighter_fatter_correction,
        nonlinearity=parameters.nonlinearity_correction,
        min_fraction=parameters.min_fraction,
        max_error=parameters.max_error,
        smooth=parameters.smooth,
    )


def _scaling(parameters: GainParameters, flat: Ramp) -> dict[str, float]:
    """Give the metadata on what slopes are scaled by; nobody can tell them from exposures."""
    if parameters.gain_factor is not None:
        return {"exposure.gain_factor": parameters.gain_factor}
    if flat.metadata.instrument == "NIRSPEC":
        raise UserError(
            f"gain: {flat.name} is of NIRSpec, whose gain files must have GAINFACT; set gain_factor to "
            "that of the gain setting of the exposures."
        )
    return {}


def _check_inputs(flats: Sequence[Ramp], darks: Sequence[Ramp], *, force: bool) -> None:
    if not flats:
        raise UserError("gain: no flat was given; set imtypes to DDFF, or to FF for no darks.")
    check_same_mode("gain", [*flats, *darks], _ONE_MODE)
    check_same_mode("gain", flats, _ONE_LIGHT)
    first = flats[0]
    if first.metadata.instrument == "MIRI" and not force:
        raise UserError(
            f"gain: {first.name} is of MIRI, whose brighter-fatter effect changes the variance by more than "
            "the first-order correction made here can be trusted with, so that photon transfer does not give "
            "its gain; set force to true to make the file all the same."
        )
    rows, columns = first.metadata.ysize, first.metadata.xsize
    if first.shape[2:] != (rows, columns):
        raise UserError(
            f"gain: the array of {first.name} has {first.shape[2]} rows and {first.shape[3]} columns, but "
            f"its header says {rows} and {columns}; with IRS2 let ssbsteps include refpix, otherwise mend "
            "the header."
        )


def _made_linear(ramps: Sequence[Ramp]) -> bool:
    """Tell whether the ramps have been made linear; refuse those of which some were."""
    done = ["linearity" in ramp.done for ramp in ramps]
    if any(done) != all(done):
        odd = ramps[done.index(not done[0])]
        raise UserError(
            f"gain: {odd.name} has {'not ' if done[0] else ''}been through the linearity step, but "
            f"{ramps[0].name} has{'' if done[0] else ' not'}; calibrate all inputs alike."
        )
    return done[0]


def _what_was_done(
    measured: "GainMeasurement", settings: GainSettings, flats: int, darks: int
) -> tuple[str, ...]:
    analysis = measured.analysis
    read = f"{darks} darks" if darks else "the flats themselves, as white noise"
    in_darks = f", {analysis.hits[1]:.3%} in darks" if darks else ""
    missed = "their share in the variance was taken off" if settings.missed_hits else "they were left in"
    return (
        f"Gain in electrons per DN by photon transfer up the ramps of {flats} flats, "
        f"{measured.groups.max():.3g} groups to at most {settings.max_signal:g} DN; read noise from {read}.",
        f"{analysis.rejected:.2%} of the ramps rejected as outliers at {settings.clipping_sigma:g} sigma; "
        f"hits per ramp and unit of the logarithm of their size: {analysis.hits[0]:.3%} in flats{in_darks}; "
        f"of those missed {missed}.",
        *(() if settings.sums else (_DARK_TAKEN_OFF,)),
    )
