"""Turns what all creators ask of the pipeline into passes: one for each exposure wherever states nest."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mkrefs.instruments.pipeline_steps import SKIPPED_BY_DEFAULT
from mkrefs.jobs.job import CalibrateJob, CrdsState, Product
from mkrefs.planning.missing_steps import Source
from mkrefs.planning.naming import RunLayout
from mkrefs.planning.required_steps import RequiredSteps

#: Steps that the pipeline's parameters, built in or from CRDS, are known to leave out.
_LEFT_TO_PARAMETERS = SKIPPED_BY_DEFAULT | {"ipc"}


@dataclass(frozen=True, slots=True)
class Calibration:
    """One exposure in one state: a value, so that two creators that need the same one share it.

    Attributes
    ----------
    exposure : str
        Name of the exposure.
    source : Source
        The product to start from and the steps it still needs.
    required : RequiredSteps
        The state to reach.
    overrides : tuple of (str, str)
        Reference files by type that take the place of CRDS's.
    """

    exposure: str
    source: Source
    required: RequiredSteps
    overrides: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Calibrated:
    """Where a calibration's product will be, and the job that makes it (empty when it is there already)."""

    path: str
    job: str = ""


def plan_calibrations(
    wanted: Iterable[Calibration], layout: RunLayout, crds: CrdsState
) -> tuple[tuple[CalibrateJob, ...], Mapping[Calibration, Calibrated]]:
    """Plan the pipeline passes for all calibrations that creators ask for.

    Parameters
    ----------
    wanted : iterable of Calibration
        May repeat itself.
    layout : RunLayout
        Names the products.
    crds : CrdsState
        Where references come from.

    Returns
    -------
    tuple of CalibrateJob
        In the order of first request.
    mapping of Calibration to Calibrated
        For every calibration wanted.
    """
    distinct = list(dict.fromkeys(wanted))
    passes: list[list[Calibration]] = []
    for calibration in sorted(distinct, key=lambda item: len(item.source.missing), reverse=True):
        home = next((one for one in passes if _fits(calibration, one[0])), None)
        if home is None:
            passes.append([calibration])
        else:
            home.append(calibration)
    order = {calibration: place for place, calibration in enumerate(distinct)}
    passes.sort(key=lambda members: min(order[member] for member in members))
    results: dict[Calibration, Calibrated] = {}
    jobs: list[CalibrateJob] = []
    for members in passes:
        if not members[0].source.missing:
            results |= {member: Calibrated(member.source.file) for member in members}
            continue
        job = _job(members, layout, crds, number=len(jobs))
        jobs.append(job)
        paths = {product.steps: product.path for product in job.products}
        for member in members:
            missing = member.source.missing
            results[member] = (
                Calibrated(paths[missing], job.id) if missing else Calibrated(member.source.file)
            )
    return tuple(jobs), results


def _fits(short: Calibration, long: Calibration) -> bool:
    """Tell whether the state of ``short`` is passed through on the way to that of ``long``.

    A range leaves it to the pipeline's parameters whether some steps run. Where one of these is the last of
    ``short``, and so must run, the two are different calibrations.
    """
    same = short.exposure == long.exposure and short.source.file == long.source.file
    alike = short.overrides == long.overrides and short.required.explicit == long.required.explicit
    missing = short.source.missing
    certain = short.required == long.required or short.required.last not in _LEFT_TO_PARAMETERS
    return same and alike and certain and long.source.missing[: len(missing)] == missing


def _job(members: list[Calibration], layout: RunLayout, crds: CrdsState, number: int) -> CalibrateJob:
    longest = members[0]
    overrides = dict(longest.overrides)
    products = {
        member.source.missing: str(layout.product(member.exposure, member.required, overrides))
        for member in sorted(members, key=lambda item: len(item.source.missing))
        if member.source.missing
    }
    return CalibrateJob(
        id=f"calibrate-{number + 1}-{longest.exposure}",
        exposure=longest.exposure,
        source=longest.source.file,
        steps=longest.source.missing,
        products=tuple(Product(steps, path) for steps, path in products.items()),
        optional=tuple(step for step in longest.source.missing if step in longest.required.optional),
        overrides=overrides,
        crds=crds,
    )
