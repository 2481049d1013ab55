"""Trials with the real pipeline: files it can use, files it cannot, files of one's own beside them."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from mkrefs.instruments.pipeline_steps import NIR_ORDER
from mkrefs.jobs.json_form import job_to_json
from mkrefs.jobs.trying import TrialJob
from mkrefs.planning.trials import steps_of_trial

pytestmark = pytest.mark.pipeline

# A process of its own: crds reads its environment once and keeps the context for good.
SCRIPT = """
import json, sys
from mkrefs.calibration.trial import TrialFailed, run_trial
from mkrefs.jobs.json_form import job_from_json
outcomes = {}
for text in sys.argv[2:]:
    job = job_from_json(json.loads(text))
    try:
        outcomes[job.id] = ["passed", *run_trial(job)]
    except TrialFailed as error:
        outcomes[job.id] = ["failed", str(error)]
json.dump(outcomes, open(sys.argv[1], "w"))
"""


def _job(name, reftype, file, exposure, folder, *, test="test4ssb", **changes):
    tested = steps_of_trial(reftype, "NIRCAM")
    whole = test == "quality_check"
    steps = NIR_ORDER if whole else NIR_ORDER[: NIR_ORDER.index(tested[-1]) + 1]
    return TrialJob(
        id=name,
        label="some",
        reftype=reftype,
        test=test,
        file=str(file),
        exposure="e1",
        source=str(exposure),
        held_out=False,
        steps=steps,
        tested=tested,
        output=str(folder / f"{name}.txt"),
        optional=tuple(step for step in steps if whole or step not in tested),
        **changes,
    )


def _short(exposure, folder):
    """Copy an exposure with its first two groups only."""
    from stdatamodels.jwst import datamodels

    with datamodels.RampModel(exposure) as model:
        model.data = model.data[:, :2]
        model.groupdq = model.groupdq[:, :2]
        model.meta.exposure.ngroups = 2
        model.save(folder / "short_uncal.fits")
    return folder / "short_uncal.fits"


def _altered(original, path, how):
    """Copy a reference file, and change it."""
    with fits.open(shutil.copy(original, path), mode="update") as hdus:
        how(hdus)
    return path


def _cut(hdus):
    hdus["SCI"].data = hdus["SCI"].data[:32]


def _blank(hdus):
    hdus["SCI"].data[10:20] = np.nan


def _later(hdus):
    hdus[0].header["USEAFTER"] = "2024-01-01T00:00:00"
    hdus["SCI"].data += 500


def _jobs(exposure, folder):
    references = exposure.parent / "references"
    noise, bias, ipc, linearity = (
        next(references.glob(f"*_{reftype}.fits"))
        for reftype in ("readnoise", "superbias", "ipc", "linearity")
    )
    layer = (str(_altered(bias, folder / "bias.fits", _later)),)
    return [
        _job("good", "readnoise", noise, exposure, folder),
        _job("cut", "readnoise", _altered(noise, folder / "cut.fits", _cut), exposure, folder),
        _job("blank", "readnoise", _altered(noise, folder / "blank.fits", _blank), exposure, folder),
        _job("short", "readnoise", noise, _short(exposure, folder), folder),
        _job("whole", "ipc", ipc, exposure, folder, test="quality_check"),
        _job("layered", "linearity", linearity, exposure, folder, layered=("superbias",), layer=layer),
    ]


@pytest.fixture(scope="module")
def outcomes(darks, crds_cache, make_once):
    """Outcome of each trial by its name, and the folder of the reports."""

    def make(folder: Path) -> None:
        folder.mkdir(parents=True)
        jobs = [json.dumps(job_to_json(job)) for job in _jobs(darks("small")[0], folder)]
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, folder / "outcomes.json", *jobs],
            env={**os.environ, "CRDS_PATH": str(crds_cache)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-3000:]

    folder = make_once("trials", make)
    return json.loads((folder / "outcomes.json").read_text()), folder


def test_a_good_file_passes_with_every_step_that_takes_it(outcomes):
    found, folder = outcomes
    verdict, origin, *steps = found["good"]
    assert verdict == "passed"
    assert origin.startswith("tried on e1, which it was made from: the files hold no other")
    assert [each.split(" COMPLETE")[0] for each in steps[:2]] == ["jump", "ramp_fit"]
    assert "\n  jump COMPLETE\n" in (folder / "good.txt").read_text()


def test_a_file_that_breaks_a_step_fails_and_the_report_has_the_traceback(outcomes):
    found, folder = outcomes
    verdict, reason = found["cut"]
    assert verdict == "failed"
    assert "fails: jump broke down with ValueError" in reason
    assert "Traceback" in (folder / "cut.txt").read_text()


def test_pixels_that_become_nan_fail_the_file(outcomes):
    verdict, reason = outcomes[0]["blank"]
    assert verdict == "failed"
    assert "% of the pixels are not finite after ramp_fit, although no flag excludes them" in reason


def test_a_step_that_ends_skipped_fails_the_file(outcomes):
    assert "jump ended SKIPPED" in outcomes[0]["short"][1]


def test_the_quality_check_goes_to_the_end(outcomes):
    found, folder = outcomes
    assert found["whole"][0] == "passed"
    assert "\n  gain_scale " in (folder / "whole.txt").read_text()


def test_files_of_ones_own_are_used_by_the_rules(outcomes):
    found, _ = outcomes
    assert found["layered"][0] == "passed"
    level = float(found["layered"][2].split("median ")[1].split(" ")[0])
    assert level < -300  # the bias that was layered over the context is 500 DN too high
