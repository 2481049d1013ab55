import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.pipeline

PATIENCE = 120.0


@pytest.fixture
def start(mkrefs_command, main_config, crds_cache, darks):
    """Start the small run in the background, in a process group of its own."""
    started = []

    def popen(folder, *, nproc=1):
        words = ("--cfgfile", main_config, "--outrootdir", folder, "--nproc", nproc, "readnoise")
        process = subprocess.Popen(
            [mkrefs_command, *map(str, (*words, *darks("small")[:3]))],
            env={**os.environ, "CRDS_PATH": str(crds_cache)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            process_group=0,
        )
        started.append(process)
        return process

    yield popen
    for process in started:
        for pid in (*descendants(process.pid), process.pid):
            kill(pid)
        process.wait()


@pytest.fixture
def ends_like_an_undisturbed_run(run_readnoise, mkrefs, darks, small_run, reference_files, leftovers):
    """Go on with the run in the foreground and compare everything below its folder."""

    def check(folder, *, by_resume=False):
        if by_resume:
            done = mkrefs("resume", folder)  # which needs neither exposures nor variables
            assert done.stderr.startswith("mkrefs: warning: CRDS_PATH is not set; what counts is how the run")
            assert mkrefs("resume", folder / "test1" / "001").stdout.endswith("\n8 kept\n")
        else:
            run_readnoise(folder, *darks("small")[:3])
        assert not leftovers(folder)
        assert everything(folder) == everything(small_run)
        assert reference_files(folder) == reference_files(small_run)
        for path in small_run.rglob("*.certify.txt"):
            assert (folder / path.relative_to(small_run)).read_text() == path.read_text()

    return check


# What shows that the run has come so far, and within how many seconds after that it is killed.
MOMENTS = {
    "while it plans": ("", 1.5),
    "while it calibrates": ("test1/001/ssb/**/*.log.txt", 4.0),
    "while it writes a product": ("test1/001/ssb/**/.mkrefs-*.tmp", 0.01),
    "between two products": ("test1/001/ssb/**/*.manifest.json", 0.5),
    "while it writes a reference file": ("test1/001/readnoise/.mkrefs-*.tmp", 0.01),
    "while it combines or certifies": ("test1/001/readnoise/*.manifest.json", 2.0),
}
# After these `mkrefs resume` goes on, after the others the same command.
RESUMED = ("while it writes a product", "while it combines or certifies")


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_killed_run_goes_on_to_the_same_files(moment, start, tmp_path, ends_like_an_undisturbed_run):
    sign, spread = MOMENTS[moment]
    chance = random.Random(moment)  # noqa: S311 not for secrets
    process = start(tmp_path)
    if sign:
        assert wait_until(lambda: next(tmp_path.glob(sign), None) is not None)
    time.sleep(chance.uniform(0.0, spread))
    everyone = chance.random() < 0.5  # or only the run itself: its workers then end by themselves
    below = descendants(process.pid) if everyone else []
    for pid in (process.pid, *below):
        kill(pid)
    assert process.wait() == -signal.SIGKILL
    ends_like_an_undisturbed_run(tmp_path, by_resume=moment in RESUMED)


def test_a_killed_worker_costs_one_more_attempt(start, tmp_path, small_run, reference_files, leftovers):
    process = start(tmp_path)
    assert wait_until(lambda: next(tmp_path.glob("test1/001/ssb/**/*.manifest.json"), None) is not None)
    workers = [pid for pid in descendants(process.pid) if "mkrefs-worker" in command_line(pid)]
    assert workers
    for pid in workers:
        kill(pid)
    assert process.wait(PATIENCE) == 0
    assert not leftovers(tmp_path)
    assert reference_files(tmp_path) == reference_files(small_run)


def test_a_run_stopped_with_ctrl_c_leaves_nothing_half_done(
    start, tmp_path, leftovers, ends_like_an_undisturbed_run
):
    process = start(tmp_path, nproc=2)
    assert wait_until(lambda: next(tmp_path.glob("test1/001/ssb/**/*_refpix.fits"), None) is not None)
    below = descendants(process.pid)
    os.killpg(process.pid, signal.SIGINT)  # as the terminal does
    assert process.wait(PATIENCE) == 130
    assert wait_until(lambda: not any(is_alive(pid) for pid in below))
    assert not [path for path in leftovers(tmp_path) if not path.name.endswith(".log.txt")]
    assert "stopped by SIGINT" in (tmp_path / "test1" / "001" / "report.html").read_text()
    ends_like_an_undisturbed_run(tmp_path)


def everything(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def descendants(pid):
    """List the processes below a process."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and (fields := status_fields(int(entry.name))):
            parents[int(entry.name)] = int(fields[1])
    found, layer = [], [pid]
    while layer:
        layer = [child for child, parent in parents.items() if parent in layer]
        found += layer
    return found


def is_alive(pid):
    fields = status_fields(pid)
    return bool(fields) and fields[0] != "Z"


def status_fields(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def command_line(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""


def kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def wait_until(is_so):
    end = time.monotonic() + PATIENCE
    while not is_so():
        if time.monotonic() > end:
            return False
        time.sleep(0.002)
    return True
