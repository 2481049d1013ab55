"""The plan of a run: for each label its groups and what was left out, and the jobs, all as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mkrefs.grouping import InputSet, LeftOut
from mkrefs.jobs.calibrating import CalibrateJob, SelectJob
from mkrefs.jobs.checking import CertifyJob, CompareJob, GateJob, LoadJob
from mkrefs.jobs.correcting import CorrectJob
from mkrefs.jobs.crds_state import CrdsState
from mkrefs.jobs.job import Job
from mkrefs.jobs.making import CombineJob, CreateJob
from mkrefs.jobs.trying import TrialJob, VerifyJob
from mkrefs.planning.naming import RunLayout


@dataclass(frozen=True, slots=True)
class LabelPlan:
    """What one label does with the exposures; ``notes`` are for the user to know before it is done.

    A correction has no reference type.
    """

    label: str
    reftype: str
    imtypes: str
    sets: tuple[InputSet, ...]
    left_out: tuple[LeftOut, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything a run will do; nothing has been done yet. ``skipped`` gives the reason by unused file."""

    layout: RunLayout
    crds: CrdsState
    labels: tuple[LabelPlan, ...]
    jobs: tuple[Job, ...]
    skipped: Mapping[str, str] = field(default_factory=dict)

    @property
    def calibrations(self) -> tuple[CalibrateJob, ...]:
        """The pipeline passes."""
        return tuple(job for job in self.jobs if isinstance(job, CalibrateJob))

    @property
    def selections(self) -> tuple[SelectJob, ...]:
        """The jobs that choose reference files for the pipeline."""
        return tuple(job for job in self.jobs if isinstance(job, SelectJob))

    @property
    def corrections(self) -> tuple[CorrectJob, ...]:
        """The jobs that correct images."""
        return tuple(job for job in self.jobs if isinstance(job, CorrectJob))

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
        """The jobs that certify reference files: final ones, then individual ones."""
        return tuple(job for job in self.jobs if isinstance(job, CertifyJob))

    @property
    def gates(self) -> tuple[GateJob, ...]:
        """The jobs that check whether final files are good ones."""
        return tuple(job for job in self.jobs if isinstance(job, GateJob))

    @property
    def loads(self) -> tuple[LoadJob, ...]:
        """The jobs that load final files in their data models."""
        return tuple(job for job in self.jobs if isinstance(job, LoadJob))

    @property
    def trials(self) -> tuple[TrialJob, ...]:
        """The jobs that try final files in the pipeline."""
        return tuple(job for job in self.jobs if isinstance(job, TrialJob))

    @property
    def comparisons(self) -> tuple[CompareJob, ...]:
        """The jobs that compare final files with earlier ones."""
        return tuple(job for job in self.jobs if isinstance(job, CompareJob))

    @property
    def verifications(self) -> tuple[VerifyJob, ...]:
        """The jobs that verify final files on exposures that were held back."""
        return tuple(job for job in self.jobs if isinstance(job, VerifyJob))
