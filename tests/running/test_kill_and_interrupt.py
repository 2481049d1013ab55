import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from toy_plan import create_job, products, run, states, whole_plan

from mkrefs.ledger.currency import currency
from mkrefs.running.settings import no_rules

#: Seconds; far less than the slow job takes.
PATIENCE = 120.0
SCRIPT = Path(__file__).with_name("toy_plan.py")


@contextmanager
def begun(folder: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, str(SCRIPT), str(folder), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def check_that_valid_means_whole(folder: Path, reference: dict[str, str]) -> int:
    valid = 0
    for job in whole_plan(folder):
        if currency(job, versions={"mkrefs": "1", "jwst": "3"}, context="", rules_of=no_rules).current:
            valid += 1
            for path in job.outputs:
                assert Path(path).read_text() == reference[str(Path(path).relative_to(folder))]
    return valid


def test_a_run_killed_anywhere_and_started_again_ends_as_an_undisturbed_one(tmp_path: Path):
    undisturbed = tmp_path / "undisturbed"
    with begun(undisturbed) as process:
        process.communicate()
        assert process.returncode == 0
    reference = products(undisturbed)
    assert len(reference) == 4 + 8 + 12 + 4  # exposures, ramps, manifests, reference files and certificate
    moments = random.Random(3)  # noqa: S311 - nothing is kept secret here
    for attempt in range(8):
        folder = tmp_path / str(attempt)
        whole_plan(folder)
        with begun(folder):
            # Wait until something was written, then a random while: all stages are hit.
            wait_for(lambda folder=folder: (folder / "ramps").exists())
            time.sleep(moments.uniform(0, 0.5))
        valid = check_that_valid_means_whole(folder, reference)
        result = states(run(whole_plan(folder)))
        assert set(result.values()) <= {"made", "kept"}
        assert list(result.values()).count("kept") >= valid
        assert products(folder) == reference


@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_signal_ends_the_run_its_workers_and_its_temporaries(tmp_path: Path, number: int, status: int):
    pid_file = tmp_path / "out" / "slow.pid"
    with begun(tmp_path, "slow") as process:
        wait_for(pid_file.exists)
        process.send_signal(number)
        said, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == status
    assert "Traceback" not in said
    assert not is_alive(int(pid_file.read_text()))
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"slow.pid", "slow.log.txt"}


def test_workers_do_not_outlive_a_killed_run(tmp_path: Path):
    pid_file = tmp_path / "out" / "slow.pid"
    with begun(tmp_path, "slow"):
        wait_for(pid_file.exists)
        worker = int(pid_file.read_text())
        assert is_alive(worker)
    wait_for(lambda: not is_alive(worker))
    run([create_job(tmp_path, "slow")])
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "slow.pid",
        "slow.fits",
        "slow.fits.manifest.json",
    }


def test_an_interrupted_run_tells_what_was_left_undone(tmp_path: Path):
    class Interrupter:
        """Presses Ctrl-C when the first job has ended."""

        def finished(self, job, outcome):
            os.kill(os.getpid(), signal.SIGINT)

        def plan(self, total): ...
        def started(self, job): ...
        def message(self, level, text): ...
        def end(self): ...

    before = signal.getsignal(signal.SIGINT)
    result = run([create_job(tmp_path, "one"), create_job(tmp_path, "two", do="sleep")], Interrupter())
    assert states(result) == {"one": "made"}
    assert (result.unfinished, result.interrupted_by, result.exit_status) == (("two",), signal.SIGINT, 130)
    assert signal.getsignal(signal.SIGINT) is before
    assert not [name for name in products(tmp_path) if ".tmp" in name]
