"""The suite of benchmarks works: small cases run, and what mkrefs makes in them agrees with the truth."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

# The step of jwst takes as long as all the others together; whole runs and the floor do what others do.
_CASES = (
    *("readnoise-stack", "readnoise-ramp", "superbias", "dark"),
    *("badpix_from_flats", "badpix_from_darks-documented", "badpix_from_darks-everything"),
    *("level_match-1024", "multi_tile_destripe", "fix_bad_pixels"),
    *("clipped_mean-numpy", "help", "catalog", "plan"),
)
_ROOT = Path(__file__).parents[2]


def _run(*words: object) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "benchmarks", "--size", "small", *map(str, words)]
    threads = dict.fromkeys(("OMP_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
    return subprocess.run(
        command,
        cwd=_ROOT,
        env={**os.environ, **threads},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict]:
    """What the cases came to, by name; no peer is there, and all is done in one process."""
    folder = tmp_path_factory.mktemp("benchmarks")
    quick = ("--ours-only", "--one-process", "--repeat", 0, "--cores", 1)
    done = _run(*quick, "--data", folder / "data", "--json", folder / "found.json", *_CASES)
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    found = json.loads((folder / "found.json").read_text())
    assert not (folder / "data" / "answers").exists() or not list((folder / "data" / "answers").iterdir())
    return {case["case"]: case for case in found["cases"]}


@pytest.mark.parametrize("name", _CASES)
def test_a_case_runs_and_its_answer_is_right(measured: dict[str, dict], name: str):
    case = measured[name]
    assert case["good"], case["answers"]
    (run,) = case["ours"]["runs"]
    assert run["wall"] > 0
    assert run["peak"] > 0
    assert case["peer"] is None


def test_both_sides_are_measured_alike(tmp_path: Path):
    # the peer of this case is plain numpy, which is here
    reading = (_ROOT / "benchmarks" / "peers" / "headers.py").read_text()
    assert "mkrefs" not in reading.replace("mkrefs-benchmarks", "")
    commands = [{"do": "headers", "arguments": {"exposures": []}}, {"do": "headers", "arguments": {}}]
    done = subprocess.run(
        [sys.executable, _ROOT / "benchmarks" / "peers" / "headers.py"],
        input="".join(json.dumps(command) + "\n" for command in commands),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=100,
        check=True,
    )
    described, measured, failed = map(json.loads, done.stdout.splitlines())
    assert described["versions"]["numpy"]
    assert measured["found"] == {"exposures": 0}
    assert set(measured) == {"wall", "cpu", "before", "peak", "found"}
    assert "KeyError" in failed["error"]


def test_a_case_that_is_none_is_refused():
    done = _run("readnoise-stack", "nonsense")
    assert done.returncode == 2
    assert "There is no case nonsense" in done.stderr
    assert set(_CASES) < set(done.stderr.split())
