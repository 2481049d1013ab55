"""Runs a plan from the command line and reports what came of it."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mkrefs.cli.certify_report import certified, certify_notes
from mkrefs.cli.check_report import check_columns, check_notes, warnings_of_making
from mkrefs.cli.console import make_console, make_table, resume_command, short_path
from mkrefs.cli.failure_report import failure_lines
from mkrefs.cli.plan_report import show_catalog, show_left_out, show_plan
from mkrefs.cli.report_command import draw_report
from mkrefs.counting import counted
from mkrefs.errors import UserError
from mkrefs.factory.execute import BrokenRunError, RunOptions, execute
from mkrefs.jobs.outcome import WARNING, Outcome, State
from mkrefs.running.observer import screen_level
from mkrefs.running.progress import observer_for

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from mkrefs.catalog import Catalog
    from mkrefs.factory.execution import Execution
    from mkrefs.jobs.correcting import CorrectJob
    from mkrefs.planning.plan import Plan
    from mkrefs.running.settings import RunResult

#: Exit status when the files give nothing to make.
NOTHING_MADE = 1
#: Option that limits each kind of job.
_LIMITS = {"CalibrateJob": "--maxNstrun", "CreateJob": "--maxNref"}


@dataclass(frozen=True, slots=True)
class Telling:
    """How much is told while a plan runs.

    Attributes
    ----------
    verbose : int
        How often ``-v`` was given.
    json : bool
        Progress is told as JSON lines.
    """

    verbose: int = 0
    json: bool = False


def run_and_report(
    plan: Plan, execution: Execution, options: RunOptions, telling: Telling, catalog: Catalog | None = None
) -> int:
    """Run a plan, showing progress, and print what was made.

    Parameters
    ----------
    plan : Plan
        What to do.
    execution : Execution
        How.
    options : RunOptions
        What is asked for this time.
    telling : Telling
        How much is told.
    catalog : Catalog
        The exposures, where they were looked at.

    Returns
    -------
    int
        Exit status: 0 all made or kept, 1 something failed or nothing could be made, 128 and the number of
        the signal that stopped the run.

    Raises
    ------
    UserError
        If the run ends before its time for a reason that a user can mend.
    """
    console = make_console()
    tell_before(console, plan, telling.verbose, catalog)
    if not plan.jobs:
        console.print("Nothing can be made from these files; 'mkrefs plan' tells why.")
        return NOTHING_MADE
    level = logging.getLevelNamesMapping()[execution.output.logScreenLevel.upper()]
    screen = make_console(stderr=True)
    observer = observer_for(screen, screen_level(telling.verbose, level), json=telling.json)
    resume = f"to go on: {resume_command(str(plan.layout.folder))}"
    try:
        result = execute(plan, options, observer, execution)
    except BrokenRunError as error:
        raise UserError(f"{str(error).rstrip('.')}; {resume}") from error
    report = draw_report(plan.layout.folder) if execution.output.report else ""
    tell_after(console, plan, result, telling.verbose, report=report)
    forced = options.redo_pipeline or options.redo_references
    tell_left(console, result, "the same command begins again." if forced else resume)
    return result.exit_status


def tell_before(console: Console, plan: Plan, verbose: int, catalog: Catalog | None = None) -> None:
    """Say which files and exposures are not used; with -vv show the catalog, with -vvv the whole plan."""
    if verbose > 2:
        show_plan(plan, verbose, catalog)
        return
    if verbose > 1 and catalog is not None:
        show_catalog(console, catalog)
    else:
        for file, reason in plan.skipped.items():
            console.print(f"skipped {file}: {reason}")
    for label in plan.labels:
        show_left_out(console, label, verbose)


def tell_after(console: Console, plan: Plan, result: RunResult, verbose: int = 0, *, report: str) -> None:
    """Print how final files and corrections ended, what failed, and the line ``report`` says of the page.

    With -v also each warning of certify, and what corrections did.
    """
    outcomes = {outcome.job: outcome for outcome in result.outcomes}
    verdicts = {job.file: certified(outcomes.get(job.id)) for job in plan.certifications}
    checks = check_columns(plan, outcomes)
    table = make_table("final file", "state", "certify", *checks)
    for job in plan.finals:
        outcome = outcomes.get(job.id)
        table.add_row(
            short_path(job.output),
            "not reached" if outcome is None else outcome.state.value,
            verdicts[job.output],
            *(column.get(job.output, "-") for column in checks.values()),
        )
    if plan.finals or not plan.corrections:
        console.print(table)
    if plan.corrections:
        console.print(_corrections(plan, outcomes))
    for line in failure_lines(plan, outcomes):
        console.print(line)
    for note in _run_notes(plan, outcomes, verbose):
        console.print(f"note: {note}")
    if report:
        console.print(report)
    counts = {state: sum(outcome.state is state for outcome in result.outcomes) for state in State}
    if result.outcomes:
        console.print(", ".join(f"{count} {state.value}" for state, count in counts.items() if count))


def tell_left(console: Console, result: RunResult, then: str) -> None:
    """Say what is left of a run, and ``then`` what goes on with it."""
    jobs = f"{counted(len(result.unfinished), 'job')} left"
    if result.interrupted_by:
        console.print(f"Stopped with {jobs}; {then}")
    elif result.limits_reached:
        options = " and ".join(_LIMITS[kind] for kind in result.limits_reached)
        console.print(f"{jobs} by {options}; {then}")


def _corrections(plan: Plan, outcomes: Mapping[str, Outcome]) -> Table:
    """Give a table of what became of the images of each correction."""
    table = make_table("correction", "groups", "images", "state", "in")
    by_label: dict[str, list[CorrectJob]] = {}
    for job in plan.corrections:
        by_label.setdefault(job.label, []).append(job)
    for label, jobs in by_label.items():
        ended = (outcomes.get(job.id) for job in jobs)
        states = Counter("not reached" if each is None else each.state.value for each in ended)
        told = next(iter(states)) if len(states) == 1 else ", ".join(f"{n} {s}" for s, n in states.items())
        images = sum(len(job.images) for job in jobs)
        folder = short_path(str(Path(jobs[0].report).parent))
        table.add_row(label, str(len(jobs)), str(images), told, folder)
    return table


def _run_notes(plan: Plan, outcomes: Mapping[str, Outcome], verbose: int) -> Iterator[str]:
    """Give the notes on certification, checks, the choice of reference files, and steps that were skipped."""
    yield from certify_notes(plan, outcomes, verbose)
    yield from warnings_of_making(plan, outcomes)
    for job in plan.corrections:
        notes = _notes(outcomes.get(job.id))
        yield from (f"{job.label}: {note}" for note in notes if verbose or note.startswith(WARNING))
    yield from check_notes(plan, outcomes)
    yield from dict.fromkeys(
        note for selection in plan.selections for note in _notes(outcomes.get(selection.id))
    )
    skipped = Counter(note for job in plan.calibrations for note in _notes(outcomes.get(job.id)))
    yield from (f"{note} ({count} pipeline run{'s' if count > 1 else ''})" for note, count in skipped.items())


def _notes(outcome: Outcome | None) -> tuple[str, ...]:
    return () if outcome is None else outcome.notes
