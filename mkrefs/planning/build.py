"""Builds the plan of a run from the catalog and what is asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from mkrefs.errors import UserError
from mkrefs.grouping import InputSet, group_exposures
from mkrefs.instruments.exposure_header import Header, exposure_metadata
from mkrefs.jobs.job import CertifyJob, CombineJob, CrdsState, CreateJob, Job, RoleInput
from mkrefs.planning.calibrations import Calibrated, Calibration, plan_calibrations
from mkrefs.planning.candidates import Candidate, FindProducts, candidates_table, find_candidates
from mkrefs.planning.category import filed_parameters, filing_notes
from mkrefs.planning.naming import Mode, RunLayout, command_id
from mkrefs.planning.plan import LabelPlan, Plan
from mkrefs.planning.request import LabelRequest


@dataclass(frozen=True, slots=True)
class _Grouped:
    """One label after grouping."""

    request: LabelRequest
    candidates: Mapping[str, Candidate]
    plan: LabelPlan

    def calibration(self, exposure: str) -> Calibration:
        candidate = self.candidates[exposure]
        overrides = tuple(sorted(self.request.overrides.items()))
        return Calibration(exposure, candidate.source, candidate.required, overrides)


def build_plan(
    table: pd.DataFrame,
    requests: Sequence[LabelRequest],
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
        The labels to be made.
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
    """
    rows = table.to_dict("records")
    grouped = [_group(rows, request, find_products) for request in requests]
    wanted = [
        one.calibration(exposure) for one in grouped for each in one.plan.sets for _, exposure in each.roles
    ]
    calibrations, calibrated = plan_calibrations(wanted, layout, crds)
    jobs: list[Job] = list[Job](calibrations)
    labels = []
    for one in grouped:
        made = _label_jobs(one, calibrated, layout, crds)
        finals = [job for job in made if isinstance(job, CombineJob)]
        labels.append(replace(one.plan, notes=filing_notes(one.request, finals)))
        jobs += made
    return Plan(layout=layout, crds=crds, labels=tuple(labels), jobs=tuple(jobs))


def _group(rows: Sequence[Header], request: LabelRequest, find_products: FindProducts) -> _Grouped:
    candidates, refused = find_candidates(rows, request, find_products)
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
    return _Grouped(request, candidates, plan)


def _label_jobs(
    one: _Grouped, calibrated: Mapping[Calibration, Calibrated], layout: RunLayout, crds: CrdsState
) -> list[Job]:
    by_mode: dict[tuple[tuple[str, object], ...], list[InputSet]] = {}
    for each in one.plan.sets:
        by_mode.setdefault(each.mode, []).append(each)
    jobs: list[Job] = []
    for (mode, sets), output in zip(
        by_mode.items(), _finals(one.request, list(by_mode), layout), strict=True
    ):
        parameters = filed_parameters(one.request, mode, crds)
        individuals = [_create_job(one, each, parameters, calibrated, layout) for each in sets]
        final = _combine_job(one.request, individuals, output)
        jobs += [*individuals, final, _certify_job(final, crds)]
    return jobs


def _finals(request: LabelRequest, modes: Sequence[Mode], layout: RunLayout) -> Sequence[Path]:
    """Name the final files of a label's modes."""
    name = request.parameters.get("outfile")
    if name is None:
        return layout.finals(request.label, request.reftype, modes)
    if len(modes) > 1:
        raise UserError(
            f"{request.label}: outfile '{name}' would be the name of {len(modes)} final files, one for each "
            "mode; leave it out, or give exposures of one mode."
        )
    return [layout.folder / request.label / name for _ in modes]


def _create_job(
    one: _Grouped,
    each: InputSet,
    parameters: Mapping[str, Any],
    calibrated: Mapping[Calibration, Calibrated],
    layout: RunLayout,
) -> CreateJob:
    request = one.request
    places = [(role, exposure, calibrated[one.calibration(exposure)]) for role, exposure in each.roles]
    return CreateJob(
        id=f"{request.label}-{command_id(each.roles)}",
        label=request.label,
        reftype=request.reftype,
        ramps=tuple(RoleInput(role, exposure, place.path) for role, exposure, place in places),
        parameters=parameters,
        metadata=exposure_metadata(one.candidates[each.roles[0][1]].row),
        steps=one.candidates[each.roles[0][1]].required.steps,
        output=str(layout.individual(request.label, request.reftype, each.roles)),
        needs=tuple(dict.fromkeys(place.job for _, _, place in places if place.job)),
        plugin=request.plugin,
        incidental=request.incidental,
    )


def _combine_job(request: LabelRequest, individuals: Sequence[CreateJob], output: Path) -> CombineJob:
    return CombineJob(
        id=f"final-{output.name.removesuffix('.fits')}",
        label=request.label,
        reftype=request.reftype,
        combiner=request.combiner,
        combiner_parameters=request.combiner_parameters,
        individuals=tuple(job.output for job in individuals),
        parameters=individuals[0].parameters,
        metadata=individuals[0].metadata,
        output=str(output),
        exposures=tuple(dict.fromkeys(ramp.exposure for job in individuals for ramp in job.ramps)),
        steps=individuals[0].steps,
        needs=tuple(job.id for job in individuals),
        plugin=request.combiner_plugin,
        incidental=request.incidental,
    )


def _certify_job(final: CombineJob, crds: CrdsState) -> CertifyJob:
    return CertifyJob(
        id=f"certify-{final.id}",
        label=final.label,
        file=final.output,
        output=f"{final.output.removesuffix('.fits')}.certify.txt",
        needs=(final.id,),
        crds=crds,
    )
