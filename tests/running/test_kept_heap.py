"""What a worker frees is kept for a job that is alike, and given back for any other.

The C library looks at the variables when a process begins, so that each test has a process of its own.
"""

import json
import os
import platform
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from mkrefs.running.kept_heap import KEEPING

pytestmark = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library keeps nothing")

SIZE = 200_000_000
#: Carries out jobs that take `SIZE` bytes each; writes the bytes it had before each, and at the end.
PROGRAM = """
import json, sys
from pathlib import Path
from toy_plan import whole_plan
from mkrefs.running.kept_heap import KeptHeap

def size():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

folder, *names = sys.argv[1:]
heap, sizes = KeptHeap(), []
jobs = {job.id: job for job in whole_plan(Path(folder))}
for name in names:
    heap.before(jobs[name])
    sizes.append(size())
    bytes(bytearray(b"x") * SIZE)
heap.give_back()
print(json.dumps([*sizes, size()]))
"""


def sizes_before(jobs: Sequence[str], folder: Path) -> list[int]:
    """Give the bytes a process has before each job beyond those before the first, and at the end."""
    environment = {**os.environ, **KEEPING, "PYTHONPATH": str(Path(__file__).parent)}
    words = [sys.executable, "-c", PROGRAM.replace("SIZE", str(SIZE)), str(folder), *jobs]
    told = subprocess.run(words, env=environment, check=True, capture_output=True, text=True).stdout
    first, *others = json.loads(told)
    return [each - first for each in others]


def test_a_job_that_is_alike_finds_the_memory_of_the_last_one(tmp_path: Path):
    second, end = sizes_before(["calibrate-e0", "calibrate-e1"], tmp_path)
    assert second > 0.9 * SIZE
    assert end < 0.1 * SIZE


def test_a_job_of_another_kind_does_not(tmp_path: Path):
    second, third, end = sizes_before(["calibrate-e0", "create-0", "calibrate-e1"], tmp_path)
    assert max(second, third, end) < 0.1 * SIZE
