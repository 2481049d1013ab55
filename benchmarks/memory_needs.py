"""What each job takes of memory, and what it was expected to: ``python -m benchmarks.memory_needs``.

Simulates darks and flats, plans all labels of a detector with everything that can be asked for, and carries
out the plan job by job, each in a process of its own. Prints for every job its files and their bytes, the
memory that was expected and the most that the process and those it started had, and at the end the least and
the largest ratio of the two for each kind: 1 or more is safe, much more is a core that stands idle. What
workers keep from jobs that they did before is expected too, so that the ratio is high where little is needed.
"""

import argparse
import json
import pickle
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.peaks import watched
from mkrefs.config import Overrides
from mkrefs.crds_context import add_references, create_context, open_context
from mkrefs.factory.prepare import prepare
from mkrefs.factory.settings import read_config
from mkrefs.jobs.job import Job
from mkrefs.jobs.outcome import Outcome, State
from mkrefs.ledger.products import single_products
from mkrefs.registry.plugins import load_plugins
from mkrefs.running.memory import expected_memory
from mkrefs.running.process_memory import memory_of_tree
from mkrefs.running.schedule import Schedule
from mkrefs.running.settings import RunSettings
from mkrefs.running.worker import Task
from mkrefs.selection.binding import bound
from mkrefs.testing import SimulationSpec, simulate_set

_CONFIGURATION = Path(__file__).parents[1] / "configs" / "nircam-detector-set.yml"
_LABELS = ("superbias", "dark", "readnoise", "gain", "bad_pixel_mask")
#: The label whose file is tried in the pipeline: what that takes is not the file's doing.
_TRIED = "readnoise"
_COMPARED = ("rdnoise", "dark", "superbias", "mask", "gain")
_MB = 1e6


@dataclass(frozen=True, slots=True)
class Measured:
    """What was found of one job: bytes expected, and bytes had."""

    job: Job
    expected: int
    peak: int

    @property
    def ratio(self) -> float:
        """The estimate over the truth."""
        return self.expected / self.peak

    @property
    def line(self) -> str:
        """The job in one line of the table."""
        size = sum(Path(path).stat().st_size for path in self.job.inputs if Path(path).exists()) / _MB
        name = f"{type(self.job).__name__} {self.job.id}"
        return (
            f"{name[:70]:70}{len(self.job.inputs):4}{size:8.0f}"
            f"{self.expected / _MB:8.0f}{self.peak / _MB:8.0f}{self.ratio:7.2f}"
        )


def plan_of_everything(
    simulation: SimulationSpec, folder: Path, labels: Sequence[str] = _LABELS
) -> tuple[Job, ...]:
    """Simulate exposures with their context, and plan all that can be asked for; what is there is kept."""
    exposures, cache = folder / "exposures", folder / "crds"
    if not (exposures / "truth.fits").is_file():
        simulated = simulate_set(simulation, exposures)
        create_context(cache)
        add_references(cache, list(simulated.references.values()))
    trials = (("test4ssb", "True"), ("quality_check", "True"), ("verify", "0.3"))
    overrides = Overrides(
        main=(("test4datamodel", "True"), *((f"validation.{reftype}", "CRDS") for reftype in _COMPARED)),
        section=(
            ("output", "outrootdir", str(folder / "output")),
            *((_TRIED, key, value) for key, value in trials if _TRIED in labels),
        ),
    )
    plugins = load_plugins()
    config = read_config(_CONFIGURATION, (), overrides, plugins, reserved=(), requested=labels)
    files = [str(path) for path in sorted(exposures.glob("*_uncal.fits"))]
    crds = open_context(cache).state
    return prepare(labels, files, config, plugins, crds=crds).plan.jobs


def measure(job: Job, settings: RunSettings) -> Measured:
    """Carry out a job in a new process, and see what it takes."""
    job = bound(job)
    task = Task(
        job=job,
        work=settings.work[type(job).__name__],
        versions=settings.versions,
        context=settings.context,
        rules=tuple(map(settings.rules_of, single_products(job))),
    )
    expected = expected_memory(job)
    words = [sys.executable, "-m", "benchmarks.one_job"]
    process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    with watched(partial(memory_of_tree, process.pid)) as watch:
        answer, _ = process.communicate(pickle.dumps(task))
    found = json.loads(answer)
    if found["state"] != State.MADE:
        raise RuntimeError(f"{job.id}: {found['reason']}")
    return Measured(job, expected, max(found["peak"], watch.peak))


def _measured(jobs: Sequence[Job]) -> Iterator[Measured]:
    settings = RunSettings()
    print(f"{'job':70}{'in':>4}{'MB in':>8}{'expect':>8}{'peak':>8}{'ratio':>7}")
    schedule = Schedule(jobs)
    while schedule.peek() is not None:
        found = measure(schedule.take(), settings)
        schedule.settle(Outcome(found.job.id, State.MADE))
        print(found.line, flush=True)
        yield found


def main() -> None:
    """Measure every job and print what was found."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--detector", default="NRCA1")
    parser.add_argument("--subarray", default="FULL")
    parser.add_argument("--ngroups", type=int, default=10)
    parser.add_argument("--nints", type=int, default=1)
    parser.add_argument("--darks", type=int, default=3)
    parser.add_argument("--flats", type=int, default=2)
    parser.add_argument("--labels", default=",".join(_LABELS))
    parser.add_argument("--folder", help="where data are kept for another time")
    given = parser.parse_args()
    simulation = SimulationSpec(
        detector=given.detector,
        subarray=given.subarray,
        ngroups=given.ngroups,
        nints=given.nints,
        darks=given.darks,
        flats=given.flats,
        spacing=0.05,
        cosmic_ray_fraction=0.01,
        references=True,
    )
    with TemporaryDirectory() as temporary:
        folder = Path(given.folder or temporary)
        found = list(_measured(plan_of_everything(simulation, folder, given.labels.split(","))))
    for kind in dict.fromkeys(type(each.job).__name__ for each in found):
        ratios = [each.ratio for each in found if type(each.job).__name__ == kind]
        print(f"{kind:20} {len(ratios):4} jobs, expected / peak {min(ratios):.2f} to {max(ratios):.2f}")


if __name__ == "__main__":
    main()
