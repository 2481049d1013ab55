"""Runs a plan: takes the run's lock, keeps plan and journal there, and hands the jobs to the runner."""

import json
import logging
from dataclasses import dataclass

from mkrefs.config import Batch, Config, Output
from mkrefs.crds_context import context_name, require_crds
from mkrefs.errors import UserError
from mkrefs.factory.recording import RecordingObserver, begin_record, end_record, errors_recorded
from mkrefs.ledger.journal import Journal
from mkrefs.ledger.rules_in_view import rules_reader
from mkrefs.planning.plan import Plan
from mkrefs.planning.plan_form import plan_values
from mkrefs.running.observer import Observer
from mkrefs.running.run_lock import run_lock
from mkrefs.running.runner import run_jobs
from mkrefs.running.settings import ByKind, RunResult, RunSettings
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
    command : tuple of str
        The words of the command line, for the journal; empty if there is none.
    """

    nproc: int = 0
    redo_pipeline: bool = False
    redo_references: bool = False
    command: tuple[str, ...] = ()


def execute(plan: Plan, options: RunOptions, observer: Observer, config: Config) -> RunResult:
    """Run a plan in its run folder, and keep the journal there.

    Parameters
    ----------
    plan : Plan
        What to do.
    options : RunOptions
        How.
    observer : Observer
        Is told what happens.
    config : Config
        Which logs are kept, and how much is done.

    Returns
    -------
    RunResult

    Raises
    ------
    UserError
        If another run is at work in the folder, it cannot be written to, or a batch system is asked for.
    """
    _refuse_batch(config.batch)
    if plan.calibrations or plan.trials or plan.verifications:
        require_crds(plan.crds)
    settings = _settings(plan, options, config.output)
    folder = plan.layout.folder
    with run_lock(folder), Journal(folder) as journal:
        write_text_atomic(folder / "plan.json", json.dumps(plan_values(plan), indent=2))
        begin_record(journal, plan, options.command)
        with errors_recorded(journal):
            result = run_jobs(plan.jobs, settings, RecordingObserver(observer, journal))
        end_record(journal, result)
    return result


def _refuse_batch(batch: Batch) -> None:
    if batch.batch_enabled:
        raise UserError(
            f"batch.batch_enabled: sending jobs to {batch.batchmode} is not part of this version of mkrefs; "
            "set it to False, or leave it out, to run on this machine."
        )


def _settings(plan: Plan, options: RunOptions, output: Output) -> RunSettings:
    limits = {"CalibrateJob": output.maxNstrun, "CreateJob": output.maxNref}
    return RunSettings(
        nproc=options.nproc,
        context=context_name(plan.crds),
        rules_of=rules_reader(),
        force=ByKind(options.redo_pipeline, options.redo_references),
        keep_logs=ByKind(output.ssblogFlag, output.reflogFlag),
        keep_warnings=ByKind(output.ssberrorlogFlag, output.referrorlogFlag),
        log_level=logging.getLevelNamesMapping()[output.logFileLevel.upper()],
        limits={kind: most for kind, most in limits.items() if most is not None},
    )
