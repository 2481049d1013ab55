"""Runs a plan: takes the run's lock, keeps the plan with the run, and hands the jobs to the runner."""

import json
from dataclasses import dataclass

from mkrefs.config import Config
from mkrefs.crds_context import context_fingerprint, require_crds
from mkrefs.jobs.json_form import plan_to_json
from mkrefs.planning.plan import Plan
from mkrefs.running.observer import Observer
from mkrefs.running.run_lock import run_lock
from mkrefs.running.runner import run_jobs
from mkrefs.running.settings import Force, RunResult, RunSettings
from mkrefs.storage.atomic import write_text_atomic


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How a plan is run.

    Attributes
    ----------
    nproc : int
        Worker processes; 0 for as many as there are cores, bounded by memory.
    redo_pipeline, redo_references : bool
        Make again what is current.
    """

    nproc: int = 0
    redo_pipeline: bool = False
    redo_references: bool = False


def execute(plan: Plan, options: RunOptions, observer: Observer, config: Config) -> RunResult:
    """Run a plan in its run folder.

    Parameters
    ----------
    plan : Plan
        What to do.
    options : RunOptions
        How.
    observer : Observer
        Is told what happens.
    config : Config
        Whether logs of pipeline runs are kept.

    Returns
    -------
    RunResult

    Raises
    ------
    UserError
        If another run is at work in the folder, or it cannot be written to.
    """
    if plan.calibrations:
        require_crds(plan.crds)
    settings = RunSettings(
        nproc=options.nproc,
        context=context_fingerprint(plan.crds),
        force=Force(calibrations=options.redo_pipeline, references=options.redo_references),
        keep_logs=config.output.ssblogFlag,
        keep_warnings=config.output.ssberrorlogFlag,
    )
    with run_lock(plan.layout.folder):
        write_text_atomic(plan.layout.folder / "plan.json", json.dumps(plan_to_json(plan.jobs), indent=2))
        return run_jobs(plan.jobs, settings, observer)
