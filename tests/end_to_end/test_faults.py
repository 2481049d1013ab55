"""Bad input and bad plugins: one clear sentence each, and everything else is made all the same."""

import re
import shutil
from collections import Counter
from pathlib import Path

import pytest

from mkrefs.config import Overrides
from mkrefs.factory.execute import RunOptions, execute
from mkrefs.factory.execution import execution_of
from mkrefs.factory.prepare import prepare
from mkrefs.factory.settings import read_config
from mkrefs.jobs.crds_state import CrdsState
from mkrefs.jobs.outcome import State
from mkrefs.registry.plugins import load_plugins
from mkrefs.running.observer import LogLines
from mkrefs.testing import ReferenceSettings, SimulationSpec, make_reference_files, simulate_set

pytestmark = pytest.mark.pipeline

TOY = str(Path(__file__).parent.parent / "data" / "toy_plugin")
DETECTORS = (
    "NRCA1", "NRCA2", "NRCA3", "NRCA4", "NRCALONG", "NRCB1", "NRCB2", "NRCB3", "NRCB4", "NRCBLONG",
)  # fmt: skip
LACKING = "nrcb3_sub160_superbias.fits"


def told(done):
    """All that was said, as a list of lines."""
    return (done.stdout + done.stderr).splitlines()


@pytest.fixture(scope="module")
def ten(make_once, mkrefs):
    """A dark of each detector of NIRCam, and a context that lacks the superbias of one; shared: read only."""

    def make(folder):
        for detector in DETECTORS:
            spec = SimulationSpec(detector=detector, subarray="SUB160", darks=1, ngroups=4, nints=2)
            truth = simulate_set(spec, folder / "in" / detector).truth
            types = {"mask", "saturation", "superbias"}
            make_reference_files(truth, folder / "references", ReferenceSettings(), types=types)
        given = [path for path in sorted((folder / "references").iterdir()) if path.name != LACKING]
        mkrefs("context", "create", folder / "crds", *given)

    return make_once("ten", make)


@pytest.fixture(scope="module")
def ten_runs(ten, make_once, mkrefs):
    """Output of a run on the ten darks; then the missing file is added, and the run done again."""

    def make(folder):
        exposures = sorted((ten / "in").rglob("*_uncal.fits"))
        words = ("-v", "readnoise", "--outrootdir", folder / "out", "--nproc", 1, *exposures)
        first = mkrefs(*words, crds=ten / "crds", status=1)
        mkrefs("context", "add", ten / "crds", ten / "references" / LACKING)
        second = mkrefs(*words, crds=ten / "crds")
        for name, done in (("first", first), ("second", second)):
            (folder / f"{name}.txt").write_text(done.stdout + done.stderr)

    return make_once("ten_runs", make)


def test_of_ten_detectors_the_one_without_a_reference_file_fails_alone(ten_runs):
    said = (ten_runs / "first.txt").read_text()
    assert (
        "jwst_0001.pmap has no superbias for NIRCAM DETECTOR NRCB3, READPATT RAPID, SUBARRAY SUB160" in said
    )
    (line,) = [line for line in said.splitlines() if line.startswith("failed: ")]
    assert line.startswith("failed: jw01062001001_02101_00001_nrcb3: jwst_0001.pmap has no superbias for")
    assert line.endswith("add one with 'mkrefs context add', or name a file in reffile4ssb.")
    assert "Traceback" not in said
    assert "54 made, 5 skipped, 1 failed" in said
    assert said.count("  made     0 errors") == 9


def test_the_file_added_only_what_was_missing_is_made(ten_runs):
    said = (ten_runs / "second.txt").read_text()
    assert "6 made, 54 kept" in said
    made = re.findall(r"\] made    (\S+)", said)
    assert len(made) == 6
    finals = {path.name for path in (ten_runs / "out").rglob("*.final_*.readnoise.fits")}
    assert {name.split("_")[2] for name in finals} == {name.lower() for name in DETECTORS}


def test_an_exposure_that_vanishes_after_the_plan_fails_alone(tmp_path, darks, main_config, crds_cache):
    for path in (*darks("small")[:2], *darks("fgs")[:2]):
        shutil.copy(path, tmp_path)
    plugins = load_plugins()
    overrides = Overrides(section=(("output", "outrootdir", str(tmp_path / "out")),))
    config = read_config(main_config, (), overrides, plugins, reserved=(), requested=["readnoise"])
    files = [str(tmp_path / "*_uncal.fits")]
    prepared = prepare(["readnoise"], files, config, plugins, crds=CrdsState(path=str(crds_cache)))
    assert len(prepared.plan.finals) == 2
    lost = tmp_path / darks("small")[1].name
    lost.rename(tmp_path / "elsewhere")
    lines = []
    execution = execution_of(config)
    result = execute(prepared.plan, RunOptions(), LogLines(lines.append), execution)
    failed = [outcome for outcome in result.outcomes if outcome.state is State.FAILED]
    assert [outcome.reason for outcome in failed] == [
        f"{lost}: cannot be read: No such file or directory; restore the file and run again"
    ]
    assert result.exit_status == 1
    made = [path.name for path in (tmp_path / "out").rglob("*.final_*.readnoise.fits")]
    assert len(made) == 1
    assert "guider2" in made[0]
    (tmp_path / "elsewhere").rename(lost)
    again = execute(prepared.plan, RunOptions(), LogLines(lines.append), execution)
    states = Counter(outcome.state for outcome in again.outcomes)
    assert states == {State.KEPT: 8, State.MADE: 6}  # calibration, file, final file, certificates, checks


def test_a_plugin_that_leaves_the_process_is_told_of_in_a_sentence(
    tmp_path, mkrefs, main_config, darks, crds_cache
):
    words = ("--cfgfile", main_config, "--outrootdir", tmp_path, "--nproc", 1, "--toy_noise.trouble", "exit")
    done = mkrefs("toy_noise", *words, *darks("small")[:2], crds=crds_cache, PYTHONPATH=TOY, status=1)
    (line,) = [line for line in told(done) if line.startswith("failed: ")]
    sentence = "it called sys.exit('asked to leave') instead of raising mkrefs.api.UserError"
    assert f"toy_noise (mkrefs-toy 1.0): {sentence}" in line
    assert line.endswith("this is an error of the plugin, which only its author can mend.")
    assert "Traceback" not in done.stderr
    assert "2 made, 4 skipped, 1 failed" in done.stdout
