"""Runs the toy plan on a file system that is too small, then gives it room; called in a mount namespace.

Called with a folder to mount at; writes one line of JSON for each size, in blocks or in numbers of files.
"""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

sys.path.insert(0, str(Path(__file__).parent))

import toy_work
from often_killed import left, look_at, tell
from toy_plan import Recorder, settings, whole_plan

from mkrefs.errors import UserError
from mkrefs.factory.recording import RecordingObserver
from mkrefs.ledger.journal import Journal
from mkrefs.running.engines import InlineEngine
from mkrefs.running.run_lock import run_lock
from mkrefs.running.runner import run_jobs

ROOM = ("nr_blocks=10000,nr_inodes=10000",)
SIZES = (
    *(f"nr_blocks={number},nr_inodes=10000" for number in range(5, 33)),
    *(f"nr_blocks=10000,nr_inodes={number}" for number in range(7, 42, 2)),
)


def whole_run(folder: Path) -> tuple[list[str], list[str]]:
    """Give the state of each job, and all that was told in sentences; whatever else goes wrong is raised."""
    recorder = Recorder()
    try:
        with run_lock(folder) as still_ours, Journal(folder) as journal:
            observer = RecordingObserver(recorder, journal, still_ours)
            result = run_jobs(whole_plan(folder, lines=1), settings(), observer, InlineEngine())
    except UserError as error:
        return [], [str(error)]
    assert not any(outcome.traceback for outcome in result.outcomes), result.outcomes
    told = [outcome.reason for outcome in result.outcomes if outcome.state == "failed"]
    told += [text for _, text in recorder.messages if text.startswith("the journal")]
    return [outcome.state.value for outcome in result.outcomes], told


def mount(options: str, at: Path) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", at], check=True)


def main(at: Path) -> None:
    toy_work.time = SimpleNamespace(sleep=lambda seconds: None)
    mount(*ROOM, at)
    whole_run(at / "undisturbed")
    reference = left(at / "undisturbed")
    for size in SIZES:
        mount(size, at)
        whole_plan(at / "run", lines=1)
        states, told = whole_run(at / "run")
        _, wrong = look_at(at / "run")
        odd = [str(path) for path in at.rglob(".mkrefs-*")]
        subprocess.run(["mount", "-o", f"remount,{ROOM[0]}", at], check=True)
        again, _ = whole_run(at / "run")
        done = set(again) <= {"made", "kept"} and left(at / "run") == reference
        counts = {"made": states.count("made"), "wrong": wrong, "kept": again.count("kept")}
        tell({"size": size, **counts, "done": done, "odd": odd, "told": told})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
