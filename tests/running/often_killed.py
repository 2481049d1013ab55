"""Runs the toy plan in children that are killed at random moments, and looks at what they leave.

Called with a folder; writes one line of JSON for each kill.
"""

import json
import os
import random
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

sys.path.insert(0, str(Path(__file__).parent))

import toy_work
from toy_plan import Recorder, products, settings, states, whole_plan

from mkrefs.factory.recording import RecordingObserver
from mkrefs.ledger.content_digest import content_digest
from mkrefs.ledger.journal import JOURNAL_NAME, Journal
from mkrefs.ledger.manifest import MANIFEST_SUFFIX, read_manifest
from mkrefs.running.engines import InlineEngine
from mkrefs.running.run_lock import LOCK_NAME, run_lock
from mkrefs.running.runner import run_jobs
from mkrefs.storage.leftovers import remove_leftovers

#: What Python tells of before it is done: opening, renaming, making and removing of files and folders.
_TOLD = ("open", "os.", "shutil.", "fcntl.")


def whole_run(folder: Path, lines: int = 1) -> dict[str, str]:
    jobs = whole_plan(folder, lines=lines)
    with run_lock(folder) as still_ours, Journal(folder) as journal:
        remove_leftovers(folder)
        observer = RecordingObserver(Recorder(), journal, still_ours)
        return states(run_jobs(jobs, settings(), observer, InlineEngine()))


def in_child(folder: Path, prepare: Callable[[], None]) -> int:
    """Run the plan in a child; give the signal that ended it, 0 if none did."""
    child = os.fork()
    if child == 0:
        prepare()
        whole_run(folder)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def at_event(number: int, say: Callable[[str], None]) -> Callable[[], None]:
    """Have a child killed before it does the thing of this number; 0 for never, to count them."""
    seen = 0

    def look(name: str, arguments: tuple[object, ...]) -> None:
        nonlocal seen
        if not name.startswith(_TOLD):
            return
        seen += 1
        if number == 0:
            say("x")
        elif seen == number:
            what = arguments[0] if arguments and isinstance(arguments[0], str | bytes) else ""
            say(f"{name} {Path(os.fsdecode(what)).name}")
            os.kill(os.getpid(), signal.SIGKILL)

    return lambda: sys.addaudithook(look)


def at_size(size: int) -> Callable[[], None]:
    """Have a child killed in the middle of writing the first file that becomes larger than this."""

    def prepare() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    return prepare


def look_at(folder: Path) -> tuple[int, int]:
    """Count the manifests that can be read, and the files they tell of that are not as they say."""
    manifests = [read_manifest(path) for path in folder.rglob(f"*{MANIFEST_SUFFIX}")]
    records = [record for manifest in manifests if manifest is not None for record in manifest.outputs]
    wrong = 0
    for record in records:
        with Path(record.path).open("rb") as stream:
            wrong += content_digest(stream) != record.digest
    return len(manifests), wrong


def left(folder: Path) -> dict[str, str]:
    return {name: text for name, text in products(folder).items() if name not in (JOURNAL_NAME, LOCK_NAME)}


def main(place: Path) -> None:
    toy_work.time = SimpleNamespace(sleep=lambda seconds: None)
    whole_run(place / "undisturbed")
    reference = left(place / "undisturbed")
    reader, writer = os.pipe()
    in_child(place / "counted", at_event(0, lambda text: os.write(writer, text.encode())))
    events = len(os.read(reader, 1 << 20))
    moments = random.Random(7)  # noqa: S311 - nothing is kept secret here
    for number in range(50):
        folder = place / str(number)
        for turn in range(1 + number % 2):  # every second run is killed twice
            if number % 5 == 4:
                size = moments.randint(1, 1900)
                ended, where = in_child(folder, at_size(size)), f"write {size}"
            else:
                which = 1 + int(
                    events * ((number + moments.random()) / 50 if turn == 0 else moments.random())
                )
                ended = in_child(folder, at_event(which, lambda text: os.write(writer, text.encode())))
                where = os.read(reader, 1 << 16).decode() if ended else ""
            manifests, wrong = look_at(folder)
            tell({"number": number, "where": where, "ended": ended, "manifests": manifests, "wrong": wrong})
        result = whole_run(folder)
        same = left(folder) == reference and set(result.values()) <= {"made", "kept"}
        tell({"number": number, "same": same, "kept": list(result.values()).count("kept")})


def tell(what: dict[str, object]) -> None:
    sys.stdout.write(f"{json.dumps(what)}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
