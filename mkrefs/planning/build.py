"""Builds the plan of a run from the catalog and what is asked for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from mkrefs.grouping import InputSet, LeftOut, group_exposures
from mkrefs.instruments.exposure_header import Header
from mkrefs.jobs.checking import CertifyJob
from mkrefs.jobs.crds_state import CrdsState
from mkrefs.jobs.job import Job
from mkrefs.jobs.making import CombineJob, CreateJob, RoleInput
from mkrefs.planning.calibrations import Calibrated, Calibration, plan_calibrations
from mkrefs.planning.candidates import (
    Candidate,
    FindProducts,
    candidates_table,
    find_candidates,
    fit_for_reference_files,
)
from mkrefs.planning.category import filing_notes
from mkrefs.planning.checks import plan_certification, plan_checks
from mkrefs.planning.corrections import (
    CorrectedPlaces,
    GroupedCorrection,
    group_corrections,
    image_place,
    images_passed_on,
    plan_corrections,
    refuse_overwriting,
)
from mkrefs.planning.dates import dated_parameters, dating_notes, days_of
from mkrefs.planning.finals import Final, plan_finals, set_metadata
from mkrefs.planning.held_back import hold_back
from mkrefs.planning.image_candidates import find_images
from mkrefs.planning.naming import RunLayout, command_id
from mkrefs.planning.plan import LabelPlan, Plan
from mkrefs.planning.request import CorrectionRequest, LabelRequest
from mkrefs.planning.required_steps import SLOPE_STEP
from mkrefs.planning.selections import plan_selections
from mkrefs.planning.trials import TrialGround
from mkrefs.planning.verifications import raw_exposure
from mkrefs.planning.wanted_state import wanted_state


@dataclass(frozen=True, slots=True)
class _Grouped:
    """One label after grouping, with the names of its final files."""

    request: LabelRequest
    candidates: Mapping[str, Candidate]
    plan: LabelPlan
    finals: tuple[Final, ...]

    def calibration(self, exposure: str) -> Calibration:
        """Give the calibration of an exposure into the state that the label needs."""
        return wanted_state(self.candidates[exposure], self.request)

    def slopes(self, exposure: str) -> Calibration | None:
        """Give the calibration that fits slopes to the ramp of an exposure, if the label takes them."""
        candidate = self.candidates[exposure]
        images = self.request.images(str(candidate.row["imtype"]))
        if not images:
            return None
        source = replace(candidate.source, missing=(*candidate.source.missing, SLOPE_STEP))
        fitted = replace(candidate, source=source, required=candidate.required.fitted())
        return replace(wanted_state(fitted, self.request), images=images)

    @property
    def wanted(self) -> Iterator[Calibration]:
        """The calibrations of all exposures in groups, and those that end after a step to be kept too."""
        if self.request.images_from:
            return
        for each in self.plan.sets:
            for exposure in each.exposures:
                calibration, slopes = self.calibration(exposure), self.slopes(exposure)
                yield calibration
                if slopes is not None:
                    yield slopes
                passed = calibration.source.missing[:-1]
                yield from (calibration.up_to(step) for step in passed if step in self.request.save_steps)


@dataclass(frozen=True, slots=True)
class _Inputs:
    """Where calibrated exposures and corrected images will be, and the files that their headers name."""

    calibrated: Mapping[Calibration, Calibrated]
    corrected: CorrectedPlaces
    crds: CrdsState


def build_plan(
    table: pd.DataFrame,
    requests: Sequence[LabelRequest],
    corrections: Sequence[CorrectionRequest] = (),
    *,
    layout: RunLayout,
    crds: CrdsState,
    find_products: FindProducts,
) -> Plan:
    """Plan a run.

    Parameters
    ----------
    table : DataFrame
        The catalog's rows that are not skipped.
    requests : sequence of LabelRequest
        The labels whose reference files are to be made.
    corrections : sequence of CorrectionRequest
        The corrections of images.
    layout : RunLayout
        Names all files.
    crds : CrdsState
        Where reference files come from.
    find_products : callable
        Looks for further products of an exposure by name.

    Returns
    -------
    Plan
        The same for any order of the rows.

    Raises
    ------
    UserError
        If a correction would write over an image that is given.
    """
    rows = _rows_of(table)
    products = _by_exposure(rows)
    corrected = group_corrections(rows, corrections, find_products)
    found = {request.label: _candidates(rows, request, corrected, find_products) for request in requests}
    held = hold_back(
        requests,
        {label: candidates for label, (candidates, _) in found.items()},
        lambda exposure: raw_exposure(exposure, products[exposure], find_products) != "",
    )
    grouped = [
        _group(*_without(*found[request.label], held.exposures.get(request.label, {})), request, layout, crds)
        for request in requests
    ]
    all_labels: tuple[_Grouped | GroupedCorrection, ...] = (*corrected.values(), *grouped)
    wanted = list(dict.fromkeys(each for one in all_labels for each in one.wanted))
    all_finals = {one.request.label: one.finals for one in grouped}
    layers = (each for one in all_labels for each in one.request.layers.items())
    selections = plan_selections(
        wanted, {(reftype, layer.name): layer for reftype, layer in layers}, all_finals, layout, crds
    )
    calibrations, calibrated = plan_calibrations(wanted, layout, crds, selections)
    used = {job.selection for job in calibrations}
    by_output = {
        job.output: job for job in selections.values()
    }  # to compare them would take all sources of each
    chosen = [job for output, job in by_output.items() if output in used]
    correct_jobs, places = plan_corrections(corrected.values(), calibrated, layout, crds)
    jobs: list[Job] = [*chosen, *calibrations, *correct_jobs]
    ground = TrialGround(products, find_products, all_finals, crds, held.exposures)
    labels = [one.plan for one in corrected.values()]
    for one in grouped:
        made, notes = _label_jobs(one, _Inputs(calibrated, places, crds), layout, ground)
        finals = [job for job in made if isinstance(job, CombineJob)]
        dating = dating_notes(one.request, finals, crds)
        notes = (*filing_notes(one.request, finals), *dating, *held.notes.get(one.request.label, ()), *notes)
        labels.append(replace(one.plan, notes=notes))
        jobs += made
    jobs += _certifications_of_individuals(jobs, requests, crds)
    refuse_overwriting(jobs)
    return Plan(layout=layout, crds=crds, labels=tuple(labels), jobs=tuple(jobs))


def _candidates(
    rows: Sequence[Header],
    request: LabelRequest,
    corrected: Mapping[str, GroupedCorrection],
    find_products: FindProducts,
) -> tuple[Mapping[str, Candidate], Sequence[LeftOut]]:
    """Find what a label can use: ramps, images, or what a correction gives."""
    if not request.planes:
        return find_candidates(rows, request, find_products)
    if request.images_from:
        found = images_passed_on(corrected[request.images_from], request)
    else:
        found = find_images(rows, request, find_products)
    return fit_for_reference_files(*found, request)


def _without(
    candidates: Mapping[str, Candidate], refused: Sequence[LeftOut], held_back: Mapping[str, str]
) -> tuple[Mapping[str, Candidate], Sequence[LeftOut]]:
    """Leave out, of the exposures that a label can use, those that are held back."""
    kept = {exposure: each for exposure, each in candidates.items() if exposure not in held_back}
    return kept, (*refused, *(LeftOut(exposure, reason) for exposure, reason in held_back.items()))


def _group(
    candidates: Mapping[str, Candidate],
    refused: Sequence[LeftOut],
    request: LabelRequest,
    layout: RunLayout,
    crds: CrdsState,
) -> _Grouped:
    sets: list[InputSet] = []
    left_out = list(refused)
    by_instrument: dict[str, dict[str, Candidate]] = {}
    for exposure, candidate in candidates.items():
        by_instrument.setdefault(str(candidate.row["INSTRUME"]), {})[exposure] = candidate
    for instrument, members in sorted(by_instrument.items()):
        same = request.same.get(instrument, request.same.get("*", ()))
        grouping = group_exposures(
            candidates_table(members), request.imtypes, window=request.window, same=same
        )
        sets += grouping.sets
        left_out += grouping.left_out
    plan = LabelPlan(
        label=request.label,
        reftype=request.reftype,
        imtypes=request.imtypes.canonical,
        sets=tuple(sets),
        left_out=tuple(left_out),
    )
    return _Grouped(request, candidates, plan, plan_finals(request, sets, candidates, layout, crds))


def _label_jobs(
    one: _Grouped, inputs: _Inputs, layout: RunLayout, ground: TrialGround
) -> tuple[list[Job], tuple[str, ...]]:
    """Give the jobs of a label after the pipeline runs, and notes on checks that cannot be made."""
    jobs: list[Job] = []
    notes: list[str] = []
    for final in one.finals:
        individuals = [_create_job(one, each, final, inputs, layout) for each in final.sets]
        combined = _combine_job(one.request, individuals, final)
        checks, untested = plan_checks(combined, one.request, ground)
        jobs += [*individuals, combined, *checks]
        notes += untested
    return jobs, tuple(dict.fromkeys(notes))


def _certifications_of_individuals(
    jobs: Sequence[Job], requests: Sequence[LabelRequest], crds: CrdsState
) -> list[CertifyJob]:
    """Plan what stands last, so that no final file waits for it: the certification of individual files."""
    wanted = {request.label for request in requests if request.certify_individuals}
    return [
        plan_certification(job, crds) for job in jobs if isinstance(job, CreateJob) and job.label in wanted
    ]


def _rows_of(table: pd.DataFrame) -> list[Header]:
    """Give the rows as mappings; several times as fast as `DataFrame.to_dict`, which looks at each value."""
    names = table.columns.tolist()
    columns = [table[name].tolist() for name in names]
    return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]


def _by_exposure(rows: Sequence[Header]) -> Mapping[str, list[Header]]:
    products: dict[str, list[Header]] = {}
    for row in rows:
        products.setdefault(str(row["exposure"]), []).append(row)
    return products


def _create_job(
    one: _Grouped,
    each: InputSet,
    final: Final,
    inputs: _Inputs,
    layout: RunLayout,
) -> CreateJob:
    request = one.request
    members = [_role_input(one, role, exposure, inputs) for role, exposure in each.roles]
    days = days_of(one.candidates[exposure].row for exposure in each.exposures)
    return CreateJob(
        id=f"{request.label}-{command_id(each.roles)}",
        label=request.label,
        reftype=request.reftype,
        ramps=tuple(member.ramp for member in members),
        parameters=dated_parameters(final.parameters, days),
        metadata=set_metadata(each, one.candidates),
        steps=members[0].steps,
        output=str(layout.individual(request.label, request.reftype, each.roles)),
        needs=tuple(dict.fromkeys(job for member in members for job in member.needs)),
        plugin=request.plugin,
        incidental=request.incidental,
        files=request.files,
        days=days,
        crds=inputs.crds if request.planes else CrdsState(),
    )


@dataclass(frozen=True, slots=True)
class _Member:
    """An exposure in its role, all that it has been through, and the jobs that make what is taken of it."""

    ramp: RoleInput
    steps: tuple[str, ...]
    needs: tuple[str, ...]


def _role_input(one: _Grouped, role: str, exposure: str, inputs: _Inputs) -> _Member:
    candidate = one.candidates[exposure]
    if one.request.planes:
        image = image_place(one.request, candidate, inputs.calibrated, inputs.corrected)
        return _Member(RoleInput(role, exposure, image.path), image.steps, (image.job,) if image.job else ())
    place, slopes = inputs.calibrated[one.calibration(exposure)], one.slopes(exposure)
    fitted = Calibrated("") if slopes is None else inputs.calibrated[slopes]
    ramp = RoleInput(role, exposure, place.path, fitted.images, candidate.raw)
    needs = tuple(job for job in (place.job, fitted.job) if job)
    return _Member(ramp, candidate.required.steps, needs)


def _combine_job(request: LabelRequest, individuals: Sequence[CreateJob], final: Final) -> CombineJob:
    return CombineJob(
        id=final.job,
        label=request.label,
        reftype=request.reftype,
        combiner=request.combiner,
        combiner_parameters=request.combiner_parameters,
        individuals=tuple(job.output for job in individuals),
        parameters=dated_parameters(final.parameters, final.days),
        metadata=final.metadata,
        output=str(final.output),
        exposures=tuple(dict.fromkeys(ramp.exposure for job in individuals for ramp in job.ramps)),
        steps=individuals[0].steps,
        needs=tuple(job.id for job in individuals),
        plugin=request.combiner_plugin,
        incidental=request.incidental,
        days=final.days,
    )
