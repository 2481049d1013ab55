"""Any kind of job: the union of all, in the order in which they come in a run."""

from mkrefs.jobs.calibrating import CalibrateJob, SelectJob
from mkrefs.jobs.checking import CertifyJob, CompareJob, GateJob, LoadJob
from mkrefs.jobs.correcting import CorrectJob
from mkrefs.jobs.making import CombineJob, CreateJob
from mkrefs.jobs.trying import TrialJob, VerifyJob

Job = (
    SelectJob
    | CalibrateJob
    | CorrectJob
    | CreateJob
    | CombineJob
    | CertifyJob
    | GateJob
    | LoadJob
    | TrialJob
    | CompareJob
    | VerifyJob
)
