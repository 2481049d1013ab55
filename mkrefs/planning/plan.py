"""The plan of a run: for each label its groups and what was left out, and the jobs, all as plain values."""

from dataclasses import dataclass

from mkrefs.grouping import InputSet, LeftOut
from mkrefs.jobs.job import CalibrateJob, CertifyJob, CombineJob, CrdsState, CreateJob, Job
from mkrefs.planning.naming import RunLayout


@dataclass(frozen=True, slots=True)
class LabelPlan:
    """What one label does with the exposures; ``notes`` are for the user to know before it is done."""

    label: str
    reftype: str
    imtypes: str
    sets: tuple[InputSet, ...]
    left_out: tuple[LeftOut, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything a run will do; nothing has been done yet."""

    layout: RunLayout
    crds: CrdsState
    labels: tuple[LabelPlan, ...]
    jobs: tuple[Job, ...]

    @property
    def calibrations(self) -> tuple[CalibrateJob, ...]:
        """The pipeline passes."""
        return tuple(job for job in self.jobs if isinstance(job, CalibrateJob))

    @property
    def individuals(self) -> tuple[CreateJob, ...]:
        """The jobs that make individual reference files."""
        return tuple(job for job in self.jobs if isinstance(job, CreateJob))

    @property
    def finals(self) -> tuple[CombineJob, ...]:
        """The jobs that make final reference files."""
        return tuple(job for job in self.jobs if isinstance(job, CombineJob))

    @property
    def certifications(self) -> tuple[CertifyJob, ...]:
        """The jobs that certify final files."""
        return tuple(job for job in self.jobs if isinstance(job, CertifyJob))
