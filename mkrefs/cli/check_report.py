"""What a plan and a run say of the checks, tests and comparisons of final files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from mkrefs.cli.console import short_path
from mkrefs.counting import counted
from mkrefs.jobs.outcome import WARNING, State

if TYPE_CHECKING:
    from mkrefs.jobs.outcome import Outcome
    from mkrefs.planning.plan import Plan

#: Column of the final table by test, in the order of the columns.
_COLUMNS = {"test4datamodel": "datamodel", "test4ssb": "ssb", "quality_check": "quality"}
_GOOD = (State.MADE, State.KEPT)


def check_columns(plan: Plan, outcomes: Mapping[str, Outcome]) -> dict[str, dict[str, str]]:
    """Give the columns of the final table for the checks that were asked for.

    Parameters
    ----------
    plan : Plan
        What was planned.
    outcomes : mapping of str to Outcome
        By job.

    Returns
    -------
    dict of str to dict of str to str
        By heading, the verdict by final file; a heading without jobs is left out.
    """
    columns: dict[str, dict[str, str]] = {
        heading: {} for heading in ("checks", *_COLUMNS.values(), "comparison", "verification")
    }
    for gate in plan.gates:
        columns["checks"][gate.file] = _gated(outcomes.get(gate.id))
    for load in plan.loads:
        columns[_COLUMNS["test4datamodel"]][load.file] = _verdict(outcomes.get(load.id), "passed")
    for trial in plan.trials:
        columns[_COLUMNS[trial.test]][trial.file] = _verdict(outcomes.get(trial.id), "passed")
    for each in plan.comparisons:
        columns["comparison"][each.file] = _compared(outcomes.get(each.id))
    for verification in plan.verifications:
        columns["verification"][verification.file] = _verified(outcomes.get(verification.id))
    return {heading: verdicts for heading, verdicts in columns.items() if verdicts}


def check_notes(plan: Plan, outcomes: Mapping[str, Outcome]) -> Iterator[str]:
    """Give the warnings of checks, and, for each trial and comparison, the line that says on or with what."""
    for gate in plan.gates:
        for note in outcomes[gate.id].notes if gate.id in outcomes else ():
            yield f"{Path(gate.file).name}: {note}"
    done = [(trial.id, trial.test, trial.file) for trial in plan.trials]
    done += [(each.id, "comparison", each.file) for each in plan.comparisons]
    done += [(each.id, "verification", each.file) for each in plan.verifications]
    for job, what, file in done:
        if job in outcomes and outcomes[job].notes:
            yield f"{what} of {Path(file).name}: {outcomes[job].notes[0]}"


def warnings_of_making(plan: Plan, outcomes: Mapping[str, Outcome]) -> Iterator[str]:
    """Give what creators and combiners warn of, each once for all files of a label."""
    found: Counter[str] = Counter()
    labels = [(job.id, job.label) for job in plan.individuals]
    labels += [(job.id, job.label) for job in plan.finals]
    for job, label in labels:
        notes = outcomes[job].notes if job in outcomes else ()
        found.update(f"{label}: {note}" for note in notes if note.startswith(WARNING))
    for line, count in found.items():
        yield f"{line} ({counted(count, 'file')})"


def planned_checks(plan: Plan) -> Iterator[str]:
    """Give a line for each check of the final files that was asked for."""
    for load in plan.loads:
        yield f"test4datamodel {Path(load.file).name}"
    for trial in plan.trials:
        origin = "not made from it" if trial.held_out else "made from it"
        yield (
            f"{trial.test} {Path(trial.file).name} on {trial.exposure} ({origin}): "
            f"{', '.join(trial.tested) or 'all steps'}"
        )
    for each in plan.comparisons:
        other = short_path(each.previous) if each.previous else "the most recent file of CRDS"
        yield f"compare {Path(each.file).name} with {other}"
    for verification in plan.verifications:
        exposures = ", ".join(source.exposure for source in verification.sources)
        other = short_path(verification.previous) if verification.previous else "the file of CRDS"
        yield f"verify {Path(verification.file).name} against {other} on what is held back: {exposures}"


def _compared(outcome: Outcome | None) -> str:
    """Give the verdict, which the first note begins with; ``no file`` where there was none."""
    if outcome is None or outcome.state not in _GOOD or not outcome.notes:
        return "-" if outcome is None else outcome.state.value
    word = outcome.notes[0].partition(":")[0]
    return "no file" if word == "not compared" else word


def _verified(outcome: Outcome | None) -> str:
    """Give the verdict, which the first note begins with; where it was kept, its report tells."""
    if outcome is None or outcome.state not in _GOOD or not outcome.notes:
        return "-" if outcome is None else outcome.state.value
    return outcome.notes[0].removeprefix(WARNING).partition(":")[0]


def _gated(outcome: Outcome | None) -> str:
    """Tell whether a file passes, and with how many warnings."""
    verdict, number = _verdict(outcome, "passed"), len(outcome.notes) if outcome else 0
    return f"{verdict}, {counted(number, 'warning')}" if number else verdict


def _verdict(outcome: Outcome | None, good: str) -> str:
    if outcome is None:
        return "-"
    return good if outcome.state in _GOOD else outcome.state.value
