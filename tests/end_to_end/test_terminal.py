import json
import os
import pty
import re
import subprocess

import pytest

pytestmark = pytest.mark.pipeline

ESCAPE = "\x1b"


@pytest.fixture
def on_a_terminal(mkrefs_command, crds_cache):
    """Run the command with a terminal as its output; give all that it wrote."""

    def run(*words):
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            [mkrefs_command, *map(str, words)],
            env={**os.environ, "CRDS_PATH": str(crds_cache), "TERM": "xterm"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        )
        os.close(theirs)
        chunks = []
        while chunk := read(ours):
            chunks.append(chunk)
        os.close(ours)
        assert process.wait() == 0
        return b"".join(chunks).decode()

    return run


def read(descriptor):
    try:
        return os.read(descriptor, 4096)
    except OSError:  # the other side is closed
        return b""


def test_a_terminal_shows_a_bar_for_each_stage(on_a_terminal, main_config, copied_run, darks):
    words = ("--cfgfile", main_config, "--outrootdir", copied_run, "readnoise", *darks("small")[:3])
    text = on_a_terminal(*words, "--readnoise.clipping_sigma", 5)
    assert ESCAPE in text
    plain = re.sub(rf"{ESCAPE}\[[0-9;?]*[a-zA-Z]", "", text).replace("\r", "\n")
    last = dict(re.findall(r"^(\w+(?: \w+)?) +━+  +(\d+/\d+)", plain, re.MULTILINE))
    assert (last["pipeline runs"], last["all"]) == ("3/3", "8/8")
    assert f"{ESCAPE}[?25h" in text.rpartition(f"{ESCAPE}[?25l")[2]  # the cursor is given back


def test_elsewhere_lines_are_plain(run_readnoise, copied_run, darks):
    done = run_readnoise(copied_run, *darks("small")[:3])
    text = done.stdout + done.stderr
    assert ESCAPE not in text
    assert "\r" not in text
    assert "━" not in text
    assert done.stderr.splitlines()[-1].startswith("[8/8] kept")


def test_for_programs_lines_are_json(run_readnoise, copied_run, darks):
    done = run_readnoise(copied_run, *darks("small")[:3], "--log-json")
    plan, *ended, end = map(json.loads, done.stderr.splitlines())
    assert (plan["event"], plan["jobs"], end["event"], end["complete"]) == ("plan", 8, "end", True)
    assert [event["of_run"]["kept"] for event in ended] == list(range(1, 9))
    assert done.stdout.strip().endswith("8 kept")


def test_each_v_tells_more(mkrefs, main_config, crds_cache, copied_run, darks):
    words = ("--cfgfile", main_config, "--outrootdir", copied_run, "readnoise", *darks("small")[:3])
    told = [mkrefs(*words, *detail, crds=crds_cache) for detail in ([], ["-v"], ["-vv"], ["-vvv"])]
    lines = [len((done.stdout + done.stderr).splitlines()) for done in told]
    assert lines == sorted(set(lines))
    assert not told[0].stderr
    assert all(done.stdout.strip().endswith("8 kept") for done in told)
