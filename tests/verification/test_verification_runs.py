"""Verification with the real pipeline: files that are wrong by a known amount, and files that are right."""

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
from mkrefs.jobs.trying import HeldBackExposure, VerifyJob
from mkrefs.planning.trials import steps_of_trial

pytestmark = pytest.mark.pipeline

# A process of its own: crds reads its environment once and keeps the context for good.
SCRIPT = """
import json, sys
from mkrefs.jobs.json_form import job_from_json
from mkrefs.verification.work import run_verification
outcomes = {}
for text in sys.argv[2:]:
    job = job_from_json(json.loads(text))
    outcomes[job.id] = run_verification(job)
json.dump(outcomes, open(sys.argv[1], "w"))
"""
#: DN between two groups.
DARK_STEP = 5.0


def _job(name, reftype, file, exposure, folder, *, previous=""):
    return VerifyJob(
        id=name,
        label=reftype,
        reftype=reftype,
        file=str(file),
        previous=str(previous),
        share=0.2,
        sources=(HeldBackExposure("e1", "D", str(exposure)),),
        steps=NIR_ORDER,
        tested=steps_of_trial(reftype, "NIRCAM"),
        output=str(folder / f"{name}.json"),
        text=str(folder / f"{name}.txt"),
        instrument="NIRCAM",
        detector="NRCB1",
    )


def _altered(original, path, how):
    """Copy a reference file, and change it."""
    with fits.open(shutil.copy(original, path), mode="update") as hdus:
        how(hdus)
    return path


def _too_low(hdus):
    hdus["SCI"].data *= 0.8


def _too_high(hdus):
    step = np.arange(hdus["SCI"].data.shape[-3], dtype="f4")[:, np.newaxis, np.newaxis]
    hdus["SCI"].data += DARK_STEP * step


def _jobs(exposure, folder):
    references = exposure.parent / "references"
    noise, dark = (next(references.glob(f"*_{reftype}.fits")) for reftype in ("readnoise", "dark"))
    low = _altered(noise, folder / "low.fits", _too_low)
    high = _altered(dark, folder / "high.fits", _too_high)
    return [
        _job("noise", "readnoise", noise, exposure, folder, previous=low),
        _job("reversed", "readnoise", low, exposure, folder),
        _job("dark", "dark", dark, exposure, folder, previous=high),
    ]


@pytest.fixture(scope="module")
def verified(darks, crds_cache, make_once):
    """Notes of each verification by its name, and the folder of the reports."""

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

    folder = make_once("verifications", make)
    notes = json.loads((folder / "outcomes.json").read_text())
    return lambda name: (notes[name], json.loads((folder / f"{name}.json").read_text()))


def measures(content):
    return {one["name"]: one for one in content["summary"]}


def test_a_read_noise_that_is_right_is_better_than_one_20_percent_too_low(verified):
    notes, content = verified("noise")
    assert notes[0].startswith("better: ")
    assert (content["previous"], content["previous_source"]) == ("low.fits", "given by validation.readnoise")
    found = measures(content)
    assert [found[name]["verdict"] for name in ("cds_noise", "slope_noise")] == ["better", "better"]
    assert found["cds_noise"]["new"] == pytest.approx(1.0, abs=0.03)
    assert found["cds_noise"]["previous"] / found["cds_noise"]["new"] == pytest.approx(1.25, abs=0.002)
    assert found["slope_noise"]["previous"] / found["slope_noise"]["new"] == pytest.approx(1.25, abs=0.03)


def test_levels_have_an_ideal_where_the_dark_was_subtracted(verified):
    assert [measures(verified(name)[1])["dark_residual"]["ideal"] for name in ("noise", "dark")] == [0.0, 0.0]


def test_the_reverse_is_a_warning_and_what_both_share_is_left_alone(verified):
    notes, content = verified("reversed")
    assert notes[0].startswith("warning: worse: ")
    assert content["previous_source"] == "given by the rules of jwst_0001.pmap"
    (first,), (only,) = verified("noise")[1]["exposures"], content["exposures"]
    swapped = [{**one, "new": one["previous"], "previous": one["new"]} for one in only["measures"]]
    told = ("name", "new", "previous")
    assert [[one[key] for key in told] for one in swapped] == [
        [one[key] for key in told] for one in first["measures"]
    ]
    assert {name: (count["previous"], count["new"]) for name, count in only["flags"].items()} == {
        name: (count["new"], count["previous"]) for name, count in first["flags"].items()
    }


def test_a_dark_that_is_too_high_leaves_that_much(verified, darks):
    _, content = verified("dark")
    found = measures(content)
    assert content["verdict"] == "better"
    change = found["dark_residual"]["previous"] - found["dark_residual"]["new"]
    too_much = DARK_STEP / fits.getval(darks("small")[0], "TGROUP")
    assert change == pytest.approx(-too_much, rel=0.02)
    assert abs(found["dark_residual"]["new"]) < 0.1 * too_much
    assert found["last_group"]["verdict"] == "better"
    assert found["cds_noise"]["verdict"] == "-"
