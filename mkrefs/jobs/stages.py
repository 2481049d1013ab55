"""What each kind of job is called, and the stages of a run: all jobs of one kind are one stage.

Only words and their order live here: how far a stage has come is counted in `mkrefs.running.tally`.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stage:
    """All jobs of one kind.

    Attributes
    ----------
    kind : str
        Name of the class of the jobs, as in plans, journals and manifests.
    job : str
        What one job is called.
    name : str
        What the stage is called: its jobs together, briefly.
    """

    kind: str
    job: str
    name: str


#: Every stage there is, in the order in which they come in a run.
STAGES = (
    Stage("SelectJob", "choice of reference files", "reference choices"),
    Stage("CalibrateJob", "pipeline run", "pipeline runs"),
    Stage("CorrectJob", "correction", "corrections"),
    Stage("CreateJob", "individual file", "individual files"),
    Stage("CombineJob", "final file", "final files"),
    Stage("CertifyJob", "crds certify", "crds certify"),
    Stage("GateJob", "check", "checks"),
    Stage("LoadJob", "test4datamodel", "test4datamodel"),
    Stage("TrialJob", "trial in the pipeline", "pipeline trials"),
    Stage("CompareJob", "comparison", "comparisons"),
    Stage("VerifyJob", "verification", "verifications"),
)
_BY_KIND = {stage.kind: stage for stage in STAGES}


def stage_of(kind: str) -> Stage:
    """Give the stage of a kind of job.

    Parameters
    ----------
    kind : str
        Name of the class of the job; one that this version does not know, in a folder that another version
        wrote, is called by that name.

    Returns
    -------
    Stage
    """
    word = kind.removesuffix("Job").lower()
    return _BY_KIND.get(kind) or Stage(kind, word, word)
