"""The part of the configuration that counts while a plan is run, and what it means to runner and cluster."""

import logging
from dataclasses import dataclass
from pathlib import Path

from mkrefs.cluster.engine import LOG_FOLDER
from mkrefs.cluster.settings import ClusterSettings
from mkrefs.config import Batch, Config, Output
from mkrefs.crds_context import context_name
from mkrefs.jobs.crds_state import CrdsState
from mkrefs.ledger.rules_in_view import rules_reader
from mkrefs.running.attempt import Cause
from mkrefs.running.settings import ByKind, RunSettings

#: The keys of section ``output`` that count while a plan is run.
OUTPUT_KEYS = (
    "ssblogFlag",
    "ssberrorlogFlag",
    "reflogFlag",
    "referrorlogFlag",
    "logFileLevel",
    "logScreenLevel",
    "maxNstrun",
    "maxNref",
    "report",
)


@dataclass(frozen=True, slots=True)
class Execution:
    """What counts while a plan is run.

    Attributes
    ----------
    batch : Batch
        Section ``batch``; paths in it are absolute.
    output : Output
        Section ``output``, of which only the keys of `OUTPUT_KEYS` differ from their defaults.
    """

    batch: Batch
    output: Output


def execution_of(config: Config) -> Execution:
    """Take from a configuration what counts while a plan is run, independent of the current folder."""
    output = {key: getattr(config.output, key) for key in OUTPUT_KEYS}
    paths = {
        key: _absolute(text) for key in ("scheduler", "log_directory") if (text := getattr(config.batch, key))
    }
    return Execution(config.batch.model_copy(update=paths), Output(**output))


def run_settings(
    execution: Execution, crds: CrdsState, *, redo_pipeline: bool = False, redo_references: bool = False
) -> RunSettings:
    """Say to the runner how a plan is to be run.

    Parameters
    ----------
    execution : Execution
        What the configuration says.
    crds : CrdsState
        The CRDS cache and context of the plan.
    redo_pipeline, redo_references : bool
        Make again what is current.

    Returns
    -------
    RunSettings
    """
    batch, output = execution.batch, execution.output
    limits = {"CalibrateJob": output.maxNstrun, "CreateJob": output.maxNref}
    return RunSettings(
        nproc=batch.nproc or 0,
        context=context_name(crds),
        rules_of=rules_reader(),
        force=ByKind(redo_pipeline, redo_references),
        keep_logs=ByKind(output.ssblogFlag, output.reflogFlag),
        keep_warnings=ByKind(output.ssberrorlogFlag, output.referrorlogFlag),
        log_level=logging.getLevelNamesMapping()[output.logFileLevel.upper()],
        limits={kind: most for kind, most in limits.items() if most is not None},
        memory_limit=batch.memory_limit or 0,
        retries=batch.retries,
        retry_on=frozenset(map(Cause, batch.retry_on)),
        longest=batch.timeout or 0.0,
    )


def cluster_settings(batch: Batch, folder: Path) -> ClusterSettings:
    """Say how a cluster is to be used.

    Parameters
    ----------
    batch : Batch
        Section ``batch``.
    folder : Path
        The run folder.

    Returns
    -------
    ClusterSettings
    """
    return ClusterSettings(
        system=batch.batchmode,
        scheduler=batch.scheduler or "",
        workers=batch.workers,
        cores=batch.cores,
        memory=batch.memory,
        walltime=batch.walltime,
        account=batch.account or "",
        queue=batch.queue or "",
        directives=batch.directives,
        prologue=batch.prologue,
        log_directory=batch.log_directory or str(folder / LOG_FOLDER),
        interface=batch.interface or "",
        patience=batch.patience,
    )


def _absolute(text: str) -> str:
    """Make a path absolute; the address of a scheduler is none."""
    return text if "://" in text else str(Path(text).absolute())
