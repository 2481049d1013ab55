"""Runs the toy plan in two children at once that share the folder of calibrated exposures.

Called with a folder; writes one line of JSON for each round: what became of the jobs, and what is wrong.
"""

import os
import random
import sys
import time
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

sys.path.insert(0, str(Path(__file__).parent))

import toy_work
from often_killed import left, tell, whole_run
from toy_plan import VERSIONS, whole_plan

from mkrefs.jobs.job import Job
from mkrefs.ledger.currency import currency
from mkrefs.running.settings import no_rules


def believed_wrongly(folder: Path, reference: dict[str, str], lines: int) -> list[str]:
    """Name the products that are taken for current and are not those of an undisturbed run."""
    jobs = [job for job in whole_plan(folder, lines=lines) if _is_current(job)]
    outputs = [Path(path) for job in jobs for path in job.outputs]
    return [str(path) for path in outputs if path.read_text() != reference[str(path.relative_to(folder))]]


def _is_current(job: Job) -> bool:
    return currency(job, versions=VERSIONS, context="", rules_of=no_rules).current


def at_once(folders: list[Path], lines: list[int]) -> list[Counter[str]]:
    """Run the plan in both folders at once; count the states of the jobs in each."""
    children = []
    for folder, number in zip(folders, lines, strict=True):
        child = os.fork()
        if child == 0:
            (folder / "states.txt").write_text(" ".join(whole_run(folder, number).values()))
            os._exit(0)
        children.append(child)
    assert [os.waitpid(child, 0)[1] for child in children] == [0, 0]
    return [Counter((folder / "states.txt").read_text().split()) for folder in folders]


def main(place: Path) -> None:
    chance = random.Random(5)  # noqa: S311 - nothing is kept secret here
    toy_work.time = SimpleNamespace(sleep=lambda seconds: time.sleep(chance.uniform(0, 0.01)))
    references = {}
    for lines in (1, 2):
        whole_run(place / f"alone{lines}", lines)
        references[lines] = left(place / f"alone{lines}")
    for number, lines in enumerate([[1, 1]] * 2 + [[1, 2]] * 4):
        folders = [place / f"{number}a", place / f"{number}b"]
        (folders[0] / "ramps").mkdir(parents=True)
        folders[1].mkdir()
        (folders[1] / "ramps").symlink_to(folders[0] / "ramps")
        states = at_once(folders, lines)
        wrong = [
            path
            for each, count in zip(folders, lines, strict=True)
            for path in believed_wrongly(each, references[count], count)
        ]
        again = Counter(whole_run(folders[0], lines[0]).values())
        same = left(folders[0]) == {
            **references[lines[0]],
            "states.txt": (folders[0] / "states.txt").read_text(),
        }
        tell({"alike": lines == [1, 1], "states": states, "wrong": wrong, "again": again, "same": same})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
