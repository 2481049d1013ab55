"""The benchmark of what mkrefs itself costs goes all the way: catalog, plan, run, a run that keeps all."""

import re
import subprocess
import sys
from pathlib import Path


def test_a_small_one_goes_through(tmp_path: Path):
    words = ("--exposures", "11", "--seconds", "0", "--most", "40", "--workers", "1")
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.run_overhead", *words],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    lines = done.stdout.splitlines()
    assert lines[0].startswith("11 exposures: catalog ")
    assert [re.split(r"\s{2,}", line)[0] for line in lines[1:]] == [
        "the run",
        "all kept",
        *["without work"] * 3,
    ]
    # 11 passes of the pipeline, a file of ten exposures and one of the last, and what comes of them
    jobs = [int(re.search(r"(\d+) jobs", line)[1]) for line in lines[1:]]
    assert jobs[0] == jobs[1] >= 16
    assert jobs[2:] == [4, 13, 40]
