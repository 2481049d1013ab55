"""What files undergo once they are made: certification; final ones checks, tests and comparisons too."""

from collections.abc import Iterator

from mkrefs.jobs.checking import CertifyJob, GateJob, LoadJob
from mkrefs.jobs.crds_state import CrdsState
from mkrefs.jobs.job import Job
from mkrefs.jobs.making import CombineJob, CreateJob
from mkrefs.planning.comparisons import plan_comparison
from mkrefs.planning.request import LabelRequest
from mkrefs.planning.trials import TrialGround, plan_trial
from mkrefs.planning.verifications import plan_verification


def plan_checks(
    final: CombineJob, request: LabelRequest, ground: TrialGround
) -> tuple[tuple[Job, ...], tuple[str, ...]]:
    """Plan all checks of a final file.

    Parameters
    ----------
    final : CombineJob
        What makes the file.
    request : LabelRequest
        Its label.
    ground : TrialGround
        What it can be tried with.

    Returns
    -------
    tuple of Job
        Certification and checks first.
    tuple of str
        Notes: tests that cannot be made, and why.
    """
    planned = list(_checks(final, request, ground))
    jobs = tuple(each for each in planned if not isinstance(each, str))
    return jobs, tuple(each for each in planned if isinstance(each, str))


def _checks(final: CombineJob, request: LabelRequest, ground: TrialGround) -> Iterator[Job | str]:
    yield plan_certification(final, ground.crds)
    yield _gate_job(final, request)
    for test in request.tests:
        if test == "test4datamodel":
            yield _load_job(final)
            continue
        trial = plan_trial(final, request, test, ground)
        yield trial if not isinstance(trial, str) else f"{test} is not done: {trial}"
    comparison = plan_comparison(final, request, ground.crds)
    if comparison is not None:
        yield comparison
    if request.verify > 0:
        verification = plan_verification(final, request, ground)
        yield verification if not isinstance(verification, str) else f"verify is not done: {verification}"


def plan_certification(made: CreateJob | CombineJob, crds: CrdsState) -> CertifyJob:
    """Plan the certification of a reference file, individual or final.

    Parameters
    ----------
    made : CreateJob or CombineJob
        What makes the file.
    crds : CrdsState
        The context in force.

    Returns
    -------
    CertifyJob
    """
    stem = made.output.removesuffix(".fits")
    return CertifyJob(
        id=f"certify-{made.id}",
        label=made.label,
        reftype=made.reftype,
        instrument=made.metadata.instrument,
        file=made.output,
        output=f"{stem}.certify.txt",
        report=f"{stem}.certify.json",
        needs=(made.id,),
        crds=crds,
    )


def _gate_job(final: CombineJob, request: LabelRequest) -> GateJob:
    stem = final.output.removesuffix(".fits")
    return GateJob(
        id=f"checks-{final.id}",
        label=final.label,
        reftype=final.reftype,
        instrument=final.metadata.instrument,
        file=final.output,
        metadata=final.metadata,
        checks=request.checks,
        limits=request.limits,
        output=f"{stem}.checks.json",
        text=f"{stem}.checks.txt",
        needs=(final.id,),
        plugin=request.check_plugin,
        days=final.days,
    )


def _load_job(final: CombineJob) -> LoadJob:
    return LoadJob(
        id=f"test4datamodel-{final.id}",
        label=final.label,
        reftype=final.reftype,
        instrument=final.metadata.instrument,
        file=final.output,
        output=f"{final.output.removesuffix('.fits')}.test4datamodel.txt",
        needs=(final.id,),
    )
