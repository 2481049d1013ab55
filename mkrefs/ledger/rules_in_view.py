"""Which of the rules of CRDS a job can see: a change of any others does not change what it makes."""

from collections.abc import Callable, Collection, Iterable

from mkrefs.crds_context import RulesReader, RulesView
from mkrefs.instruments.pipeline_steps import IMAGE_ORDER, STEP_REFERENCES
from mkrefs.jobs.calibrating import CalibrateJob, SelectJob
from mkrefs.jobs.checking import CertifyJob, CompareJob
from mkrefs.jobs.job import Job
from mkrefs.jobs.trying import TrialJob, VerifyJob

_DETECTOR_PARAMETERS, _IMAGE_PARAMETERS = "pars-detector1pipeline", "pars-image2pipeline"


def rules_in_view(job: Job) -> RulesView | None:
    """Tell by which rules CRDS chooses for a job.

    Parameters
    ----------
    job : Job
        Of any kind.

    Returns
    -------
    RulesView or None
        Of a pipeline run the reference types that its steps take and that no file of one's own overrides,
        and the parameter files of the steps; of a certification those of the file's type; None if CRDS has
        no part in the job.
    """
    match job:
        case CalibrateJob():
            reftypes = _of_steps(job.steps, job.overrides)
            return RulesView(reftypes, instrument=job.instrument, detector=job.detector)
        case TrialJob():
            return RulesView(_of_steps(job.steps, {job.reftype, *job.overrides}))
        case VerifyJob():
            own = (*job.overrides, *((job.reftype,) if job.previous else ()))
            return RulesView(_of_steps(job.steps, own), instrument=job.instrument, detector=job.detector)
        case SelectJob():
            return RulesView(job.reftypes)
        case CertifyJob():
            return RulesView((job.reftype,) if job.reftype else (), instrument=job.instrument)
        case CompareJob():
            return None if job.previous else RulesView((job.reftype,))
        case _:
            return None


def rules_reader() -> Callable[[Job], str]:
    """Give a function of a job that gives the fingerprint of the rules it can see; empty if it sees none.

    It reads each file of rules only once: within a run the rules are taken not to change.
    """
    reader = RulesReader()

    def of(job: Job) -> str:
        view = rules_in_view(job)
        crds = getattr(job, "crds", None)
        return "" if view is None or crds is None else reader.fingerprint(crds, view)

    return of


def _of_steps(steps: Iterable[str], overridden: Collection[str]) -> tuple[str, ...]:
    types: set[str] = set()
    for step in steps:
        types.add(_IMAGE_PARAMETERS if step in IMAGE_ORDER else _DETECTOR_PARAMETERS)
        types.add(f"pars-{step.replace('_', '')}step")
        types.update(reftype for reftype in STEP_REFERENCES.get(step, ()) if reftype not in overridden)
    return tuple(sorted(types))
