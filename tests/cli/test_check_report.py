import pytest

from mkrefs.cli.check_report import check_columns
from mkrefs.jobs.checking import CompareJob, LoadJob
from mkrefs.jobs.crds_state import CrdsState
from mkrefs.jobs.outcome import Outcome, State
from mkrefs.planning.naming import RunLayout
from mkrefs.planning.plan import Plan

LOAD = LoadJob("load", "gain", "gain", "NIRCAM", "f.fits", "f.txt")
COMPARE = CompareJob("compare", "gain", "gain", "f.fits", "", "f.json", "f.txt")


@pytest.mark.parametrize(
    ("state", "notes", "loaded", "compared"),
    [
        (State.MADE, ("compared with g.fits",), "passed", "done"),
        (State.MADE, ("not compared: there is none",), "passed", "no file"),
        (State.KEPT, (), "passed", "kept"),
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
