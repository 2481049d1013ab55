"""Plans and settings for the toy work, and an observer that remembers."""

import logging
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mkrefs.contract.exposure_metadata import ExposureMetadata
from mkrefs.jobs.calibrating import CalibrateJob, Product
from mkrefs.jobs.checking import CertifyJob
from mkrefs.jobs.job import Job
from mkrefs.jobs.making import CombineJob, CreateJob, RoleInput
from mkrefs.jobs.outcome import Outcome
from mkrefs.running.observer import LogLines
from mkrefs.running.runner import run_jobs
from mkrefs.running.settings import RunResult, RunSettings
from mkrefs.running.worker import Work

METADATA = ExposureMetadata(
    "NIRCAM", "NRCA1", "NRC_DARK", "RAPID", "SUB160", 1889, 1889, 160, 160, -1, 2, 1, 10, 1, 0, 0.28, 0.28
)
WORK = {
    "CalibrateJob": Work("toy_work:calibrate"),
    "CreateJob": Work("toy_work:create", takes_fingerprint=True),
    "CombineJob": Work("toy_work:combine", takes_fingerprint=True),
    "CertifyJob": Work("toy_work:certify"),
}
VERSIONS = {"mkrefs": "1", "jwst": "3"}


class Recorder:
    """Remembers what it is told."""

    def __init__(self) -> None:
        self.total = -1
        self.starts: list[str] = []
        self.ends: list[str] = []
        self.messages: list[tuple[int, str]] = []
        self.ended = False

    def plan(self, jobs: Sequence[Job]) -> None:
        self.total = len(jobs)

    def started(self, job: Job) -> None:
        self.starts.append(job.id)

    def finished(self, job: Job, outcome: Outcome) -> None:
        assert job.id == outcome.job
        self.ends.append(job.id)

    def message(self, level: int, text: str) -> None:
        self.messages.append((level, text))

    def end(self) -> None:
        self.ended = True


def settings(**changes: Any) -> RunSettings:
    values: dict[str, Any] = {"nproc": 2, "context": "one.pmap", "work": WORK, "versions": VERSIONS}
    return RunSettings(**{**values, **changes})


def run(jobs: list[Job], observer: Any = None, **changes: Any) -> RunResult:
    return run_jobs(jobs, settings(**changes), observer or Recorder())


def states(result: RunResult) -> dict[str, str]:
    return {outcome.job: outcome.state.value for outcome in result.outcomes}


def create_job(folder: Path, name: str, *, needs: tuple[str, ...] = (), **parameters: Any) -> CreateJob:
    source = folder / f"{name}_uncal.fits"
    if not source.exists():
        source.write_text(f"ramp of {name}\n")
    return CreateJob(
        id=name,
        label="toy",
        reftype="readnoise",
        ramps=(RoleInput("D1", name, str(source)),),
        parameters=parameters,
        metadata=METADATA,
        output=str(folder / "out" / f"{name}.fits"),
        needs=needs,
    )


def whole_plan(folder: Path, exposures: int = 4, lines: int = 3) -> list[Job]:
    """Calibrate each exposure, make a file of each pair, combine them, certify the result."""
    folder.mkdir(parents=True, exist_ok=True)
    calibrations = [_calibration(folder, f"e{number}", lines) for number in range(exposures)]
    pairs = zip(calibrations[::2], calibrations[1::2], strict=True)
    creations = [_creation(folder, number, *pair) for number, pair in enumerate(pairs)]
    final = CombineJob(
        id="final",
        label="toy",
        reftype="readnoise",
        combiner="mean",
        combiner_parameters={},
        individuals=tuple(job.output for job in creations),
        parameters={},
        metadata=METADATA,
        output=str(folder / "out" / "final.fits"),
        needs=tuple(job.id for job in creations),
    )
    certify = CertifyJob("certify", "toy", final.output, str(folder / "out" / "final.txt"), needs=("final",))
    return [*calibrations, *creations, final, certify]


def _calibration(folder: Path, exposure: str, lines: int) -> CalibrateJob:
    source = folder / f"{exposure}_uncal.fits"
    if not source.exists():
        source.write_text(f"ramp of {exposure}\n" * lines)
    return CalibrateJob(
        id=f"calibrate-{exposure}",
        exposure=exposure,
        source=str(source),
        steps=("dq_init", "refpix"),
        products=(
            Product(("dq_init",), str(folder / "ramps" / f"{exposure}_dq_init.fits")),
            Product(("dq_init", "refpix"), str(folder / "ramps" / f"{exposure}_refpix.fits")),
        ),
    )


def _creation(folder: Path, number: int, first: CalibrateJob, second: CalibrateJob) -> CreateJob:
    return CreateJob(
        id=f"create-{number}",
        label="toy",
        reftype="readnoise",
        ramps=(
            RoleInput("D1", first.exposure, first.outputs[1]),
            RoleInput("D2", second.exposure, second.outputs[1]),
        ),
        parameters={},
        metadata=METADATA,
        output=str(folder / "out" / f"pair{number}.fits"),
        needs=(first.id, second.id),
    )


def products(folder: Path) -> dict[str, str]:
    """Read all that a run left, save manifests, which tell times."""
    return {
        str(path.relative_to(folder)): path.name if path.name.endswith(".manifest.json") else path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # the tests may have been started by nohup, which ignores it
    plan = (
        [create_job(Path(sys.argv[1]), "slow", do="sleep")] if sys.argv[2:] else whole_plan(Path(sys.argv[1]))
    )
    sys.exit(run_jobs(plan, settings(), LogLines(print, logging.INFO)).exit_status)
