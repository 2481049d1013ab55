"""On which exposure, and with which steps of the pipeline, a final file is tried."""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from mkrefs.instruments.exposure_header import Header, present
from mkrefs.instruments.pipeline_steps import STEP_REFERENCES, detector_order
from mkrefs.instruments.reference_types import REFERENCE_TYPES
from mkrefs.jobs.crds_state import CrdsState
from mkrefs.jobs.making import CombineJob
from mkrefs.jobs.trying import TrialJob
from mkrefs.planning.candidates import FindProducts
from mkrefs.planning.finals import Final, told_apart
from mkrefs.planning.missing_steps import Source, choose_source, state_of
from mkrefs.planning.request import LabelRequest
from mkrefs.planning.required_steps import RequiredSteps, parse_ssbsteps

#: Steps that take a type only where a parameter or the file itself asks for it.
_ON_REQUEST = ("clean_flicker_noise", "gain_scale")
_LAST_STEP = "gain_scale"
#: Where on the detector an exposure and the file lie.
_PLACE = ("INSTRUME", "DETECTOR", "SUBSTRT1", "SUBSTRT2", "SUBSIZE1", "SUBSIZE2")
#: Values of selectors that stand for any exposure.
_ANY = ("ANY", "N/A", "GENERIC")
#: From how many groups on the steps up to the rate do their work.
LEAST_GROUPS = 3
#: Types whose files hold a ramp, which must not be shorter than the exposure's.
_RAMPS = ("dark", "reset")


@dataclass(frozen=True, slots=True)
class TrialGround:
    """What trials of a run can be made with.

    Attributes
    ----------
    products : mapping of str to sequence of mapping
        Catalog rows by exposure.
    find_products : callable
        Looks for further products of an exposure by name.
    finals : mapping of str to sequence of Final
        By label, what this run makes.
    crds : CrdsState
        The context in force.
    held_back : mapping of str to collection of str
        By label, the exposures that are kept for verification.
    """

    products: Mapping[str, Sequence[Header]]
    find_products: FindProducts
    finals: Mapping[str, Sequence[Final]]
    crds: CrdsState
    held_back: Mapping[str, Collection[str]] = field(default_factory=dict)

    def mode_of(self, final: CombineJob) -> Mapping[str, object]:
        """Give what the exposures behind a final file have in common."""
        made = next(made for made in self.finals[final.label] if made.job == final.id)
        return dict(made.sets[0].mode)


@dataclass(frozen=True, slots=True)
class OtherReferences:
    """The reference files that a trial takes besides the one that is tried.

    Attributes
    ----------
    overrides : mapping of str to str
        File by type, in place of what CRDS gives.
    layered : tuple of str
        Types for which the rules of CRDS choose among ``layer`` and the files of the context.
    layer : tuple of str
        Files that are layered over the context.
    needs : tuple of str
        The jobs that make them.
    """

    overrides: Mapping[str, str]
    layered: tuple[str, ...]
    layer: tuple[str, ...]
    needs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Chosen:
    exposure: str
    source: Source


def plan_trial(final: CombineJob, request: LabelRequest, test: str, ground: TrialGround) -> TrialJob | str:
    """Plan one trial of a final file.

    An exposure that the file was not made from goes before those it was made from; of several, the earliest
    with enough groups is taken.

    Parameters
    ----------
    final : CombineJob
        What makes the file.
    request : LabelRequest
        Its label.
    test : str
        ``test4ssb``: the steps up to the last that takes the type. ``quality_check``: up to the rate image.
    ground : TrialGround
        What it can be tried with.

    Returns
    -------
    TrialJob or str
        The reason why there is no trial.
    """
    instrument = final.metadata.instrument
    tested = steps_of_trial(final.reftype, instrument)
    if not tested:
        return f"no step of calwebb_detector1 takes {final.reftype} files as it runs by default"
    whole = test == "quality_check"
    required = parse_ssbsteps(f"{_LAST_STEP if whole else tested[-1]}-", instrument)
    chosen = _choose(final, request, required, ground)
    if isinstance(chosen, str):
        return chosen
    optional = required.steps if whole else [step for step in required.steps if step not in tested]
    others = other_references(final, request, required, ground)
    return TrialJob(
        id=f"{test}-{final.id}",
        label=final.label,
        reftype=final.reftype,
        test=test,
        file=final.output,
        exposure=chosen.exposure,
        source=chosen.source.file,
        held_out=chosen.exposure not in final.exposures,
        steps=chosen.source.missing,
        tested=tuple(step for step in chosen.source.missing if step in tested),
        output=f"{final.output.removesuffix('.fits')}.{test}.txt",
        optional=tuple(step for step in chosen.source.missing if step in optional),
        overrides=others.overrides,
        layered=others.layered,
        layer=others.layer,
        needs=tuple(dict.fromkeys((final.id, *others.needs))),
        crds=ground.crds,
    )


def other_references(
    final: CombineJob, request: LabelRequest, required: RequiredSteps, ground: TrialGround
) -> OtherReferences:
    """Give the reference files for the steps of a trial that are not of the type that is tried."""
    others = required.references - {final.reftype}
    sure = required.sure_references(final.metadata.instrument)
    layered = tuple(sorted(others & sure & request.all_layers.keys()))
    layer = [made for reftype in layered for made in _layer(reftype, request, final, ground)]
    return OtherReferences(
        overrides={reftype: path for reftype, path in request.overrides.items() if reftype in others},
        layered=layered,
        layer=tuple(path for path, _ in layer),
        needs=tuple(dict.fromkeys(job for _, job in layer if job)),
    )


def steps_of_trial(reftype: str, instrument: str) -> tuple[str, ...]:
    """Give the steps, in order, in which files of a type are tried."""
    return tuple(
        step
        for step in detector_order(instrument)
        if reftype in STEP_REFERENCES.get(step, ()) and step not in _ON_REQUEST
    )


def _layer(
    reftype: str, request: LabelRequest, final: CombineJob, ground: TrialGround
) -> Iterator[tuple[str, str]]:
    """Give the files of a type to choose from, each with the job that makes it."""
    layer, metadata = request.all_layers[reftype], final.metadata
    yield from ((path, "") for path in layer.files)
    able = (
        made
        for made in ground.finals.get(layer.maker, ())
        if made.may_serve(metadata.instrument, metadata.detector)
    )
    yield from ((str(made.output), made.job) for made in told_apart(able, metadata.readpatt))


def _choose(
    final: CombineJob, request: LabelRequest, required: RequiredSteps, ground: TrialGround
) -> _Chosen | str:
    """Choose the exposure and the product of it to start from; or tell why there is none."""
    overridden = {*request.overrides, *request.all_layers, final.reftype}
    instrument = final.metadata.instrument
    for exposure in _in_order(final, ground.products):
        at_hand = [state_of(row) for row in ground.products[exposure]]
        verdict = choose_source(at_hand, required, instrument, overridden)
        if not isinstance(verdict, Source):
            found = [state_of(row) for row in ground.find_products(exposure)]
            verdict = choose_source([*at_hand, *found], required, instrument, overridden)
        if isinstance(verdict, Source):
            return _Chosen(exposure, verdict)
    return "no exposure of its mode is at hand in the state before the steps that take it"


def _in_order(final: CombineJob, products: Mapping[str, Sequence[Header]]) -> list[str]:
    """Give the exposures of the mode of a file, the best to try it on first."""
    model = products[final.exposures[0]][0]
    wanted = {keyword: present(model, keyword) for keyword in _PLACE} | _selected_by(final, model)
    fitting = {
        exposure: rows[0]
        for exposure, rows in products.items()
        if all(present(rows[0], keyword) == value for keyword, value in wanted.items())
    }
    return sorted(fitting, key=lambda exposure: _rank(final, exposure, fitting[exposure]))


def _selected_by(final: CombineJob, model: Header) -> dict[str, object]:
    """Give the values by which CRDS selects the file, those that do not stand for any."""
    own = {"READPATT": final.parameters.get("readpatt"), "SUBARRAY": final.parameters.get("subarray")}
    selectors = REFERENCE_TYPES[final.reftype].selectors.get(final.metadata.instrument, ())
    values = {keyword: own.get(keyword) or present(model, keyword) for keyword in selectors}
    single = {
        keyword: present(model, keyword) if "|" in str(value) else value for keyword, value in values.items()
    }
    return {keyword: value for keyword, value in single.items() if value not in _ANY}


def _rank(final: CombineJob, exposure: str, row: Header) -> tuple[bool, bool, bool, float, str]:
    groups, mjd = int(present(row, "NGROUPS") or 0), float(row["mjd"])
    too_long = final.reftype in _RAMPS and groups > final.metadata.ngroups
    unfit = groups < LEAST_GROUPS or too_long
    return unfit, exposure in final.exposures, math.isnan(mjd), mjd, exposure
