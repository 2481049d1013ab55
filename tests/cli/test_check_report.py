from types import SimpleNamespace

import pytest

from mkrefs.cli.check_report import check_columns, warnings_of_making
from mkrefs.jobs.checking import CompareJob, LoadJob
from mkrefs.jobs.crds_state import CrdsState
from mkrefs.jobs.outcome import Outcome, State
from mkrefs.planning.naming import RunLayout
from mkrefs.planning.plan import Plan

LOAD = LoadJob("load", "gain", "gain", "NIRCAM", "f.fits", "f.txt")
COMPARE = CompareJob("compare", "gain", "gain", "f.fits", "", "f.json", "f.txt", "f.comparison.fits")


@pytest.mark.parametrize(
    ("state", "notes", "loaded", "compared"),
    [
        (State.MADE, ("changed: compared with g.fits, given", "..."), "passed", "changed"),
        (State.MADE, ("not compared: there is none",), "passed", "no file"),
        (State.KEPT, ("equal: compared with g.fits, given",), "passed", "equal"),
        (State.FAILED, (), "failed", "failed"),
        (None, (), "-", "-"),
    ],
)
def test_the_columns_tell_how_each_check_ended(state, notes, loaded, compared, tmp_path):
    layout = RunLayout(tmp_path, "", "001", "", tmp_path / "ssb")
    plan = Plan(layout=layout, crds=CrdsState(), labels=(), jobs=(LOAD, COMPARE))
    outcomes = {} if state is None else {job.id: Outcome(job.id, state, notes=notes) for job in plan.jobs}
    assert check_columns(plan, outcomes) == {
        "datamodel": {"f.fits": loaded},
        "comparison": {"f.fits": compared},
    }


def test_what_the_makers_warn_of_is_told_once_for_all_files():
    individuals = [SimpleNamespace(id=f"i{number}", label="bad_pixel_mask") for number in range(3)]
    plan = SimpleNamespace(individuals=individuals, finals=[SimpleNamespace(id="f", label="gain")])
    notes = {
        "i0": ("a line", "warning: rc not searched"),
        "i1": ("warning: rc not searched",),
        "f": ("warning: odd",),
    }
    outcomes = {job: Outcome(job, State.MADE, notes=said) for job, said in notes.items()}
    assert list(warnings_of_making(plan, outcomes)) == [
        "bad_pixel_mask: warning: rc not searched (2 files)",
        "gain: warning: odd (1 file)",
    ]
