"""The overview of runs as tables to be read."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.padding import Padding

from mkrefs.cli.console import make_table, resume_command, short_path
from mkrefs.counting import counted
from mkrefs.jobs.outcome import WARNING, State
from mkrefs.jobs.stages import stage_of
from mkrefs.overview.records import CommandRecord, Presence, ProductRecord, RunRecord, Status

#: How many commands of a run are shown unless all are asked for: the last ones.
_COMMANDS_SHOWN = 5
#: The jobs that make something; all others look at what was made.
_MAKERS = ("SelectJob", "CalibrateJob", "CorrectJob", "CreateJob", "CombineJob")
_GOOD = (State.MADE, State.KEPT)


def show_overview(console: Console, runs: Sequence[RunRecord], *, everything: bool = False) -> None:
    """Print the commands, the corrected images, the final files, and what failed and why.

    Parameters
    ----------
    console : rich.console.Console
        Where to print.
    runs : sequence of RunRecord
        What to tell of.
    everything : bool
        Also tell of older commands, of all other files, and of the jobs that were skipped.
    """
    _show_commands(console, runs, everything=everything)
    _show_corrections(console, runs)
    _show_finals(console, runs)
    if everything:
        _show_others(console, runs)
    for run in runs:
        heading = f"Failed in {short_path(run.folder)}" if len(runs) > 1 else "Failed"
        _show_failures(console, run, heading, everything=everything)


def _show_commands(console: Console, runs: Sequence[RunRecord], *, everything: bool) -> None:
    table = make_table("run", "begun (UTC)", "labels", *(state.value for state in State), "time", "status")
    for run in runs:
        shown = run.commands if everything else run.commands[-_COMMANDS_SHOWN:]
        older = len(run.commands) - len(shown)
        if older:
            table.add_row(short_path(run.folder), f"{older} earlier, see --all")
        for command in shown:
            counts = (str(command.counts[state]) for state in State)
            cells = (_moment(command.begun), ", ".join(command.labels), *counts, duration(command.seconds))
            table.add_row(short_path(run.folder), *cells, _status(command))
        if not run.commands:
            status = Status.AT_WORK.value if run.at_work else "no journal"
            table.add_row(short_path(run.folder), *("-" * (len(table.columns) - 2)), status)
    console.print(table)
    for run in runs:
        if _broke_off(run):
            console.print(f"To go on with what did not come to its end: {resume_command(run.folder)}")


def _broke_off(run: RunRecord) -> bool:
    """Tell whether the last command of a run was ended before its time, and nobody is at work."""
    if run.at_work or not run.commands:
        return False
    last = run.commands[-1]
    return last.status in (Status.STOPPED, Status.NOT_ENDED) or bool(last.error)


def _status(command: CommandRecord) -> str:
    left = f", {command.left} left" if command.left else ""
    match command.status:
        case Status.STOPPED:
            return f"stopped by {command.interrupted_by}{left}"
        case Status.NOT_ENDED:
            return f"not ended (killed?){left}"
        case Status.FAILED if command.error:
            return f"ended with an error{left}"
    return f"{command.status.value}{left}"


def _show_finals(console: Console, runs: Sequence[RunRecord]) -> None:
    finals = [(run, product) for run in runs for product in run.products if product.kind == "CombineJob"]
    table = make_table("final file", "state", "exposures", "took", "checks")
    for run, product in finals:
        checks = ", ".join(_checks(run, product)) or "-"
        table.add_row(short_path(product.file), *_cells(product), checks)
    corrected = any(product.kind == "CorrectJob" for run in runs for product in run.products)
    if finals or not corrected:
        console.print()
        console.print(table if finals else "No final files.")


def _show_corrections(console: Console, runs: Sequence[RunRecord]) -> None:
    """Print the images of each correction in one line."""
    images: dict[tuple[str, str], list[ProductRecord]] = {}
    for run in runs:
        for product in run.products:
            if product.kind == "CorrectJob" and not product.file.endswith(".json"):
                images.setdefault((run.folder, product.label), []).append(product)
    table = make_table("corrected images", "number", "state", "took")
    for members in images.values():
        states = Counter(_cells(product)[0] for product in members)
        jobs = {product.job: product.seconds or 0.0 for product in members}
        table.add_row(
            short_path(str(Path(members[0].file).parent)),
            str(len(members)),
            ", ".join(f"{number} {state}" if len(states) > 1 else state for state, number in states.items()),
            duration(sum(jobs.values())),
        )
    if images:
        console.print()
        console.print(table)


def _show_others(console: Console, runs: Sequence[RunRecord]) -> None:
    products = [product for run in runs for product in run.products if product.kind != "CombineJob"]
    for kind in dict.fromkeys(product.kind for product in products):
        table = make_table(stage_of(kind).name, "state", "exposures", "took", "memory")
        for product in products:
            if product.kind == kind:
                table.add_row(short_path(product.file), *_cells(product), _memory(product))
        console.print()
        console.print(table)


def _cells(product: ProductRecord) -> tuple[str, str, str]:
    """Give state, number of exposures and time of a file."""
    odd = product.presence not in (Presence.THERE, Presence.NONE)
    state = f"{product.state}, {product.presence.value}" if odd else product.state
    return state, str(len(product.exposures)), duration(product.seconds)


def _memory(product: ProductRecord) -> str:
    """Give the most memory that making a file took."""
    return f"{product.peak_memory / 1e9:.2f} GB" if product.peak_memory else "-"


def _checks(run: RunRecord, final: ProductRecord) -> Iterator[str]:
    """Tell how the jobs ended that look at a final file."""
    reports = [each for each in run.products if each.kind not in _MAKERS and final.file in each.inputs]
    for check in dict.fromkeys(map(_check_name, reports)):
        states = [each.state for each in reports if _check_name(each) == check]
        bad = next((state for state in states if state not in _GOOD), None)
        yield f"{check} {bad or 'ok'}{_warnings(reports, check) if bad is None else ''}"


def _warnings(reports: Sequence[ProductRecord], check: str) -> str:
    """Count the warnings of a check, each of which all its reports may hold."""
    notes = {note for each in reports if _check_name(each) == check for note in each.notes}
    number = sum(note.startswith(WARNING) for note in notes)
    return f" ({counted(number, 'warning')})" if number else ""


def _check_name(report: ProductRecord) -> str:
    """Give the name of a check: the last word of its report's name."""
    return Path(report.file).stem.rpartition(".")[2]


def _show_failures(console: Console, run: RunRecord, heading: str, *, everything: bool) -> None:
    """Print each job once, however many files it would have made."""
    errors = [f"command of {_moment(each.begun)}: {each.error}" for each in run.commands if each.error]
    bad = {product.job: product for product in run.products if product.state not in _GOOD}.values()
    failed = [product for product in bad if product.state == State.FAILED]
    skipped = [product for product in bad if product.state == State.SKIPPED]
    if errors or bad:
        console.print(f"\n{heading}", style="bold")
    for error in errors:
        _item(console, error)
    for product in failed:
        log = f" (log: {short_path(product.log)})" if product.log else ""
        _item(console, f"{product.job}: {product.reason}{log}")
    for product in skipped if everything else ():
        _item(console, f"{product.job}: skipped: {product.reason}")
    if skipped and not everything:
        _item(console, f"{len(skipped)} skipped, because they need what failed; --all names them")


def _item(console: Console, text: str) -> None:
    """Print a text so that it stays indented where a terminal wraps it."""
    console.print(Padding(text, (0, 0, 0, 2), expand=False))


def _moment(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M}"


def duration(seconds: float | None) -> str:
    """Give a time in the unit that suits it; a dash if it is not known."""
    if seconds is None:
        return "-"
    if seconds < 100:
        return f"{seconds:.1f} s"
    minutes, hours = round(seconds / 60), round(seconds / 3600, 1)
    return f"{minutes} min" if minutes < 100 else f"{hours:.1f} h"
