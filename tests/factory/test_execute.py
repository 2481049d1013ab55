"""What `execute` does around the runner: the lock, the plan that is kept, and what ends a run early."""

import pytest

from mkrefs.config import Batch, Output
from mkrefs.errors import UserError
from mkrefs.factory.execute import BrokenRunError, RunOptions, execute
from mkrefs.factory.execution import Execution
from mkrefs.factory.kept_plan import keep_plan, read_kept_plan
from mkrefs.jobs.checking import CertifyJob
from mkrefs.jobs.crds_state import CrdsState
from mkrefs.ledger.journal import CommandEnded, read_journal
from mkrefs.planning.naming import RunLayout
from mkrefs.planning.plan import Plan
from mkrefs.running.observer import LogLines
from mkrefs.running.run_lock import run_lock

HERE = Execution(Batch(nproc=1), Output())


@pytest.fixture
def plan(tmp_path):
    layout = RunLayout(tmp_path / "out", "", "001", "", tmp_path / "ssb")
    jobs = (CertifyJob("c", "gain", f"{tmp_path}/absent.fits", f"{tmp_path}/out/001/c.txt"),)
    return Plan(layout, CrdsState(), (), jobs)


def test_the_plan_of_a_run_at_work_stays(plan):
    folder = plan.layout.folder
    keep_plan(plan, HERE)
    other = Execution(Batch(nproc=7), Output())
    with run_lock(folder), pytest.raises(UserError, match="another run of mkrefs is at work here") as caught:
        execute(plan, RunOptions(), LogLines(print), other)
    assert not isinstance(caught.value, BrokenRunError)
    assert read_kept_plan(folder).execution == HERE


def test_a_run_that_breaks_off_has_kept_its_plan_and_says_so(plan, tmp_path):
    pytest.importorskip("distributed", reason="the extra 'cluster' is not installed")
    absent = str(tmp_path / "scheduler.json")
    execution = Execution(Batch(batch_enabled=True, batchmode="dask", scheduler=absent), Output())
    with pytest.raises(BrokenRunError, match=r"batch\.scheduler: .*scheduler\.json"):
        execute(plan, RunOptions(command=("mkrefs", "gain")), LogLines(print), execution)
    assert read_kept_plan(plan.layout.folder).execution == execution
    begun, ended = read_journal(plan.layout.folder)
    assert begun.command == ("mkrefs", "gain")
    assert isinstance(ended, CommandEnded)
    assert (ended.exit_status, "batch.scheduler" in ended.error) == (2, True)
