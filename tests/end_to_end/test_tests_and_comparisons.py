"""Each key that asks for a test or a comparison does what it says, and nothing else."""

import json
import shutil
from pathlib import Path

import pytest
from astropy.io import fits

pytestmark = pytest.mark.pipeline

TOY = str(Path(__file__).parent.parent / "data" / "toy_plugin")
CHAIN = str(Path(__file__).parent.parent / "data" / "chain_plugin")


def reports(folder):
    """Names of what lies beside the final files, by their last two suffixes."""
    return {"".join(path.suffixes[-2:]) for path in folder.rglob("*final*") if ".manifest" not in path.name}


CERTIFIED = {".readnoise.fits", ".certify.txt", ".certify.json", ".checks.json", ".checks.txt"}


@pytest.mark.parametrize(
    ("words", "column", "made"),
    [
        (("-p", "test4datamodel", "True"), "datamodel", {".test4datamodel.txt"}),
        (("--pp", "readnoise", "test4ssb", "True"), "ssb", {".test4ssb.txt"}),
        (("-p", "quality_check", "True"), "quality", {".quality_check.txt"}),
        (
            ("-p", "validation.rdnoise", "CRDS"),
            "comparison",
            {".comparison.json", ".comparison.txt", ".comparison.fits"},
        ),
    ],
    ids=["test4datamodel", "test4ssb", "quality_check", "validation"],
)
def test_a_key_adds_its_check_and_leaves_the_rest(copied_run, run_readnoise, darks, words, column, made):
    assert reports(copied_run) == CERTIFIED
    done = run_readnoise(copied_run, *darks("small")[:3], *words).stdout
    assert reports(copied_run) == CERTIFIED | made
    assert done.splitlines()[-1] == "1 made, 8 kept"
    heading = next(line for line in done.splitlines() if line.startswith("final file")).split()
    verdict = next(line for line in done.splitlines() if " kept " in line).split()
    assert heading[-1] == column
    assert verdict[-1] == ("changed" if column == "comparison" else "passed")


def test_a_label_goes_before_the_top_level(copied_run, run_readnoise, darks):
    words = ("-p", "test4datamodel", "True", "--pp", "readnoise", "test4datamodel", "False")
    run_readnoise(copied_run, *darks("small")[:3], *words)
    assert reports(copied_run) == CERTIFIED


def test_exposures_that_were_held_back_tell_whether_the_new_file_is_better(
    copied_run, run_readnoise, darks, tmp_path
):
    """The previous file is 20 % too low, as one that was measured on single reads would be, nearly."""
    exposures = darks("small")[:4]
    right = next((exposures[0].parent / "references").glob("*_readnoise.fits"))
    previous = Path(shutil.copy(right, tmp_path / "previous.fits"))
    with fits.open(previous, mode="update") as hdus:
        hdus["SCI"].data *= 0.8
    words = ("--readnoise.verify", 0.25, "-p", "validation.rdnoise", previous)
    done = run_readnoise(copied_run, *exposures, *words).stdout
    held = exposures[1].name.removesuffix("_uncal.fits")
    assert f"left out {held}: held back for verification (verify: 0.25)" in done
    (found,) = (json.loads(path.read_text()) for path in copied_run.rglob("*.verification.json"))
    assert [each["exposure"] for each in found["exposures"]] == [held]
    assert (found["previous"], found["verdict"]) == ("previous.fits", "better")
    noise = next(one for one in found["summary"] if one["name"] == "cds_noise")
    assert abs(noise["new"] - 1.0) < 0.06
    assert abs(noise["previous"] - 1.25) < 0.06
    assert "verification of readnoise_test1_001.bla.final" in done
    assert next(line for line in done.splitlines() if line.startswith("final file")).split()[-1] == (
        "verification"
    )
    assert next(line for line in done.splitlines() if " made " in line).split()[-1] == "better"
    assert "Verification of " in next(copied_run.rglob("*.verification.txt")).read_text()


@pytest.fixture
def everything(tmp_path, darks):
    """A configuration that asks for all tests, and for a comparison with a file."""
    mask = next((darks("small")[0].parent / "references").glob("*_mask.fits"))
    path = tmp_path / "all.yml"
    path.write_text(
        f"test4datamodel: True\ntest4ssb: True\nquality_check: True\nvalidation: {{bpmreffile: '{mask}'}}\n"
    )
    return path


def test_a_mask_is_tried_on_an_exposure_that_was_left_out(everything, darks, mkrefs, crds_cache, tmp_path):
    words = ("--cfgfile", everything, "--outrootdir", tmp_path, "--pp", "toy_mask", "imtypes", "DD")
    exposures = darks("small")[:3]
    plan = mkrefs("plan", *words, "toy_mask", *exposures, PYTHONPATH=CHAIN).stdout
    last = exposures[2].name.removesuffix("_uncal.fits")
    assert f"on {last} (not made from it): dq_init" in plan
    done = mkrefs(*words, "toy_mask", *exposures, crds=crds_cache, PYTHONPATH=CHAIN)
    report = next(tmp_path.rglob("*.test4ssb.txt")).read_text()
    assert f"tried on {last}, which it was not made from\ndq_init COMPLETE: flagged 0 % -> " in report
    assert "loads as MaskModel" in next(tmp_path.rglob("*.test4datamodel.txt")).read_text()
    assert "passed" in next(tmp_path.rglob("*.quality_check.txt")).read_text()
    flags = json.loads(next(tmp_path.rglob("*.comparison.json")).read_text())["comparison"]["flags"]
    assert flags["DEAD"]["after"] is None
    assert flags["DO_NOT_USE"]["after"] is not None
    assert done.stdout.splitlines()[-1].endswith("made")


def test_faults_that_certify_lets_through_are_told(everything, darks, mkrefs, crds_cache, tmp_path):
    words = ("--cfgfile", everything, "--outrootdir", tmp_path, "--toy_noise.trouble", "nan")
    done = mkrefs(*words, "toy_noise", *darks("small")[:2], crds=crds_cache, PYTHONPATH=TOY, status=1)
    row = next(line for line in done.stdout.splitlines() if "final_nrcb1" in line and " made " in line)
    assert row.split()[1:] == ["made", "0", "errors", "failed", "passed", "failed", "failed"]
    told = " of the pixels are not finite after ramp_fit, although no flag excludes them; the report is "
    assert [told in line for line in done.stderr.splitlines() if "fails: " in line] == [True, True]
    assert len(list(tmp_path.rglob("*final*.fits"))) == 1


def test_a_mask_that_leaves_nothing_is_told(everything, darks, mkrefs, crds_cache, tmp_path):
    words = ("--cfgfile", everything, "--outrootdir", tmp_path, "--toy_mask.offset", 1e6)
    done = mkrefs(*words, "toy_mask", *darks("small")[:2], crds=crds_cache, PYTHONPATH=CHAIN, status=1)
    assert "dq_init leaves no pixel that can be used" in done.stderr
