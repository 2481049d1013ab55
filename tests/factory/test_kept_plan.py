"""What a run keeps of its plan, and how it is run: written, read back, refused."""

import json
import shutil

import pytest

from mkrefs.config import Batch, ConfigError, Output, Overrides
from mkrefs.errors import UserError
from mkrefs.factory.execution import OUTPUT_KEYS, Execution, execution_of
from mkrefs.factory.kept_plan import KeptPlan, keep_plan, kept_values, read_kept_plan
from mkrefs.grouping import InputSet, LeftOut
from mkrefs.jobs.checking import CertifyJob
from mkrefs.jobs.crds_state import CrdsState
from mkrefs.planning.naming import RunLayout
from mkrefs.planning.plan import LabelPlan, Plan


@pytest.fixture
def kept(tmp_path):
    """A plan as a run would keep it, with values that are no defaults."""
    layout = RunLayout(tmp_path / "out", "sub", "001", "x", tmp_path / "ssb")
    group = InputSet(
        (("D1", "e1"), ("D2", "e2")), (("DETECTOR", "NRCA1"), ("NFRAMES", 1), ("PUPIL", None)), 0.1
    )
    label = LabelPlan("gain", "gain", "DD", (group,), (LeftOut("e3", "no partner"),), ("a note",))
    jobs = (CertifyJob("c", "gain", "a.fits", "a.txt"),)
    plan = Plan(layout, CrdsState("/crds", "jwst_0001.pmap"), (label,), jobs, {"b.fits": "empty"})
    batch = Batch(batch_enabled=True, batchmode="Slurm", timeout="01:00:00", prologue=("export A=$HOME",))
    output = Output(maxNstrun=3, ssblogFlag=True, logScreenLevel="info", report=False)
    return KeptPlan(plan, Execution(batch, output))


@pytest.fixture
def folder(kept):
    keep_plan(kept.plan, kept.execution)
    return kept.plan.layout.folder


def test_what_is_kept_is_read_back_exactly(kept, folder):
    assert read_kept_plan(folder) == kept
    assert json.loads((folder / "plan.json").read_text()) == json.loads(
        json.dumps(kept_values(kept.plan, kept.execution))
    )


def test_the_command_line_wins_over_section_batch(kept, folder):
    overrides = Overrides(section=(("batch", "batch_enabled", "False"),))
    found = read_kept_plan(folder, overrides).execution
    assert found == Execution(kept.execution.batch.model_copy(update={"batch_enabled": False}), found.output)
    with pytest.raises(ConfigError, match="did you mean 'Slurm'"):
        read_kept_plan(folder, Overrides(section=(("batch", "batchmode", "slrm"),)))


@pytest.mark.parametrize("text", ["", "{", "3", "[]", "\x00", '{"jobs": []}'])
def test_what_is_no_plan_is_refused_in_a_sentence(folder, text):
    path = folder / "plan.json"
    path.write_text(text)
    with pytest.raises(UserError) as caught:
        read_kept_plan(folder)
    assert str(caught.value).startswith(f"{path}: this ")
    assert "\n" not in str(caught.value)
    assert "the command that began the run" in str(caught.value)


def test_a_plan_cut_short_anywhere_is_refused(folder):
    path = folder / "plan.json"
    whole = path.read_bytes()
    for length in range(0, len(whole) - 1, 97):
        path.write_bytes(whole[:length])
        with pytest.raises(UserError, match="this plan is not whole; give the command that began"):
            read_kept_plan(folder)


@pytest.mark.parametrize("key", ["jobs", "layout", "crds", "labels", "skipped", "batch", "output"])
@pytest.mark.parametrize("wrong", [None, "gone", 7, [1], {"patience": [], "report": "x", "path": 1}])
def test_a_plan_with_a_wrong_part_is_refused(folder, key, wrong):
    path = folder / "plan.json"
    values = json.loads(path.read_text())
    del values[key]
    path.write_text(json.dumps(values if wrong == "gone" else values | {key: wrong}))
    with pytest.raises(UserError, match=r"plan\.json: "):
        read_kept_plan(folder)


def test_a_plan_of_another_version_is_refused(folder):
    path = folder / "plan.json"
    path.write_text(path.read_text().replace('"mkrefs_plan": 2', '"mkrefs_plan": 1'))
    said = (
        "this plan is of another version of mkrefs: its form has number 1, and 2 is known here; make it anew "
    )
    with pytest.raises(UserError, match=said + "with the command that began the run"):
        read_kept_plan(folder)


def test_a_run_without_a_plan_and_a_run_that_was_moved_are_refused(folder, tmp_path):
    moved = shutil.copytree(folder, tmp_path / "moved")
    with pytest.raises(UserError, match=f"{moved}: the run was planned in {folder} and was moved or copied"):
        read_kept_plan(moved)
    link = tmp_path / "link"
    link.symlink_to(folder)
    assert read_kept_plan(link) == read_kept_plan(folder)
    (folder / "plan.json").unlink()
    with pytest.raises(UserError, match=f"{folder}: the run holds no plan, perhaps because it was stopped"):
        read_kept_plan(folder)


def test_only_what_counts_while_jobs_run_is_taken_from_the_configuration(tmp_path, monkeypatch):
    class Configuration:
        batch = Batch(log_directory="logs", scheduler="scheduler.json", batchmode="dask")
        output = Output(maxNref=2, outsubdir="sub", addsuffix="x", logFileLevel="debug")

    monkeypatch.chdir(tmp_path)
    execution = execution_of(Configuration)
    assert execution.output == Output(maxNref=2, logFileLevel="debug")
    assert execution.batch.log_directory == str(tmp_path / "logs")
    assert execution.batch.scheduler == str(tmp_path / "scheduler.json")
    assert set(OUTPUT_KEYS) < set(Output.model_fields)
    Configuration.batch = Batch(scheduler="tcp://host:1", batchmode="dask")
    assert execution_of(Configuration).batch == Configuration.batch
