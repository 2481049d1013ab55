"""What mkrefs itself costs: ``python -m benchmarks.run_overhead``.

A thousand small exposures are catalogued and planned, and the plan is run with work that stands in for the
real and takes a stated time, by local workers. Printed are the seconds of catalog and plan; of the run how
much longer it took than the work alone would, the CPU of the head for each job, and the memory of the head;
and the same of a second run, which keeps everything. Then plans of more and more jobs are run by an engine
that does nothing at all, so that only the head is at work.
"""

import argparse
import os
import sys
import time
from collections.abc import Collection, Sequence
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.head_cost import Cost, cost_of
from benchmarks.many_exposures import make_exposures
from mkrefs.catalog import build_catalog
from mkrefs.config import Config, Overrides
from mkrefs.crds_context import add_references, context_name, create_context
from mkrefs.factory.prepare import catalog_rules, prepare
from mkrefs.factory.recording import RecordingObserver
from mkrefs.factory.settings import read_config
from mkrefs.jobs.crds_state import CrdsState
from mkrefs.jobs.job import Job
from mkrefs.jobs.outcome import Outcome, State
from mkrefs.ledger.journal import Journal
from mkrefs.ledger.rules_in_view import rules_reader
from mkrefs.planning.plan import Plan
from mkrefs.registry.plugins import load_plugins
from mkrefs.running.engines import Engine
from mkrefs.running.json_lines import JsonLines
from mkrefs.running.runner import run_jobs
from mkrefs.running.settings import WORK, RunSettings
from mkrefs.running.worker import Report, Task, Work
from mkrefs.testing import DetectorTruth, make_reference_files

_LABEL = "readnoise"
_CONFIGURATION = Path(__file__).parents[1] / "configs" / "nircam-readnoise.yml"
_STUBS = dict.fromkeys(WORK, Work("benchmarks.stub_work:work"))


class IdleEngine:
    """An engine that tells of every task that it is done, and does nothing."""

    capacity = 2

    def fits(self, need: int, running: Collection[int], *, alone: bool) -> bool:
        """All fits."""
        return True

    def submit(self, task: Task, need: int, *, alone: bool) -> Future[Report]:
        """Tell that it is done."""
        future: Future[Report] = Future()
        future.set_result(Report(Outcome(task.job.id, State.MADE, outputs=task.job.outputs)))
        return future

    def close(self) -> None:
        """Do nothing."""

    def kill(self) -> None:
        """Do nothing."""


def plan_of(exposures: Sequence[str], folder: Path) -> tuple[Plan, float, float]:
    """Make catalog and plan, and give also the seconds that each took."""
    config, plugins, crds = _config(folder), load_plugins(), _context(folder)
    start = time.perf_counter()
    build_catalog(exposures, catalog_rules(config))
    middle = time.perf_counter()
    plan = prepare((_LABEL,), exposures, config, plugins, crds=crds).plan  # with a catalog of its own
    catalog = middle - start
    return plan, catalog, time.perf_counter() - middle - catalog


def run(plan: Plan, workers: int, engine: Engine | None = None) -> Cost:
    """Run a plan with work that stands in for the real, and with all that a run keeps."""
    folder = plan.layout.folder
    folder.mkdir(parents=True, exist_ok=True)
    settings = RunSettings(
        nproc=workers,
        context=context_name(plan.crds),
        rules_of=rules_reader(),
        work=_STUBS,
        memory_limit=10**12,
    )
    with Journal(folder) as journal, (folder / "progress.jsonl").open("w") as stream:
        lines = JsonLines(lambda line: print(line, file=stream))
        observer = RecordingObserver(lines, journal)
        return cost_of(observer, lambda watching: run_jobs(plan.jobs, settings, watching, engine))


def repeated(plan: Plan, count: int) -> Plan:
    """Give a plan of ``count`` jobs: that of before, again and again, for other products."""
    jobs = [_renamed(job, number) for number in range(-(-count // len(plan.jobs))) for job in plan.jobs]
    return replace(plan, jobs=tuple(jobs[:count]))


def _renamed(job: Job, number: int) -> Job:
    """Give a job with another name that makes files of other names."""
    changes = {"id": f"{number}-{job.id}", "needs": tuple(f"{number}-{need}" for need in job.needs)}
    if hasattr(job, "products"):
        products = [replace(each, path=f"{each.path}.{number}", details={}) for each in job.products]
        return replace(job, products=tuple(products), **changes)
    report = {"report": f"{job.report}.{number}"} if getattr(job, "report", "") else {}
    text = {"text": f"{job.text}.{number}"} if hasattr(job, "text") else {}
    return replace(job, output=f"{job.output}.{number}", **changes, **report, **text)


def _config(folder: Path) -> Config:
    section = (("output", "outrootdir", str(folder / "output")), ("D+", "max_Delta_MJD", "0.5"))
    return read_config(
        _CONFIGURATION, (), Overrides(section=section), load_plugins(), reserved=(), requested=(_LABEL,)
    )


def _context(folder: Path) -> CrdsState:
    references = make_reference_files(DetectorTruth("NRCB1", "SUB64P"), folder / "references")
    create_context(folder / "crds")
    return add_references(folder / "crds", list(references.values())).state


def main(words: Sequence[str]) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="benchmarks.run_overhead")
    parser.add_argument("--exposures", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=0.2, help="that every job takes")
    parser.add_argument("--busy", action="store_true", help="jobs compute rather than sleep")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--most", type=int, default=10_000, help="jobs of the largest plan without work")
    given = parser.parse_args(words)
    os.environ["MKREFS_STUB_SECONDS"] = str(given.seconds)
    os.environ["MKREFS_STUB_BUSY"] = "1" if given.busy else ""
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        exposures = make_exposures(folder / "exposures", given.exposures)
        plan, catalog, planning = plan_of(exposures, folder)
        print(f"{len(exposures)} exposures: catalog {catalog:.2f} s, plan {planning:.2f} s")
        cost = run(plan, given.workers)
        alone = cost.jobs * given.seconds / given.workers
        print(cost.line("the run"))
        if alone:
            print(f"work alone {alone:.2f} s: {100 * (cost.seconds / alone - 1):.2f} % more", flush=True)
        print(run(plan, given.workers).line("all kept"), flush=True)
        for share in (10, 3, 1):
            larger = repeated(plan, given.most // share)
            print(run(larger, given.workers, IdleEngine()).line("without work"), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
