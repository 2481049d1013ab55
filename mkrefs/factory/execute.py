"""Runs a plan: takes the run's lock, keeps plan and journal there, and hands the jobs to the runner."""

import logging
from dataclasses import dataclass
from functools import partial

from mkrefs.crds_context import require_crds
from mkrefs.errors import UserError
from mkrefs.factory.execution import Execution, cluster_settings, run_settings
from mkrefs.factory.kept_plan import keep_plan
from mkrefs.factory.recording import RecordingObserver, begin_record, errors_recorded
from mkrefs.ledger.journal import Journal
from mkrefs.planning.plan import Plan
from mkrefs.running.engines import Engine
from mkrefs.running.observer import Observer
from mkrefs.running.run_lock import run_lock
from mkrefs.running.runner import run_jobs
from mkrefs.running.settings import RunResult
from mkrefs.storage.leftovers import remove_leftovers


class BrokenRunError(UserError):
    """What ended a run before its time, after its plan was kept: it can be gone on with."""


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What one command asks for beyond the configuration.

    Attributes
    ----------
    redo_pipeline, redo_references : bool
        Make again what is current.
    command : tuple of str
        The words of the command line, for the journal; empty if there is none.
    """

    redo_pipeline: bool = False
    redo_references: bool = False
    command: tuple[str, ...] = ()


def execute(plan: Plan, options: RunOptions, observer: Observer, execution: Execution) -> RunResult:
    """Run a plan in its run folder, and keep plan and journal there.

    Parameters
    ----------
    plan : Plan
        What to do.
    options : RunOptions
        What is asked for this time.
    observer : Observer
        Is told what happens.
    execution : Execution
        Where jobs run, what they may take, which logs are kept, and how much is done.

    Returns
    -------
    RunResult

    Raises
    ------
    UserError
        If another run is at work in the folder, it cannot be written to, or the batch system cannot be used.
    BrokenRunError
        If the run ends before its time for a reason that a user can mend.
    """
    if plan.calibrations or plan.trials or plan.verifications:
        require_crds(plan.crds)
    settings = run_settings(
        execution,
        plan.crds,
        redo_pipeline=options.redo_pipeline,
        redo_references=options.redo_references,
    )
    folder = plan.layout.folder
    _require_cluster(plan, execution)
    tell = partial(observer.message, logging.WARNING)
    with run_lock(folder, tell=tell) as still_ours, Journal(folder) as journal:
        remove_leftovers(folder)
        keep_plan(plan, execution)
        begin_record(journal, plan, options.command)
        watcher = RecordingObserver(observer, journal, still_ours)
        with errors_recorded(journal):
            try:
                result = run_jobs(plan.jobs, settings, watcher, _engine(plan, execution))
            except UserError as error:
                raise BrokenRunError(str(error)) from error
        watcher.record_end(result)
    return result


def _require_cluster(plan: Plan, execution: Execution) -> None:
    """Refuse a batch system that cannot be used from here, before anything is written."""
    if not execution.batch.batch_enabled:
        return
    from mkrefs.cluster.batch_systems import require_submit_command
    from mkrefs.cluster.extra import require_cluster_packages
    from mkrefs.cluster.job_script import job_options

    require_cluster_packages()
    if execution.batch.batchmode != "dask":
        require_submit_command(execution.batch.batchmode)
        job_options(cluster_settings(execution.batch, plan.layout.folder))


def _engine(plan: Plan, execution: Execution) -> Engine | None:
    """Give the engine that sends jobs elsewhere; None for the runner's own, which runs them here."""
    if not execution.batch.batch_enabled:
        return None
    from mkrefs.cluster.engine import cluster_engine

    folder = plan.layout.folder
    settings = cluster_settings(execution.batch, folder)
    return cluster_engine(settings, run_folder=folder, most_jobs=len(plan.jobs))
