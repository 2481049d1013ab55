"""Final files are checked by their run, which fails where they are no good, and by anyone afterwards."""

import json
import shutil
from pathlib import Path

import pytest
from astropy.io import fits

pytestmark = pytest.mark.pipeline

#: Of the limits by which the files of the small run are found bad, and unusual.
TIGHT = ("--pp", "readnoise", "checks.range.median_high", 1)
NARROW = ("--pp", "readnoise", "checks.range.usual_high", 1)


def final_of(folder):
    return next(folder.rglob("*.final_*.readnoise.fits"))


def test_a_run_holds_its_files_to_the_limits(copied_run, run_readnoise, darks):
    before = final_of(copied_run).read_bytes()
    done = run_readnoise(copied_run, *darks("small")[:3], *TIGHT, status=1)
    row = next(line for line in done.stdout.splitlines() if "final_nrcb1" in line and " kept " in line)
    assert row.split()[1:] == ["kept", "0", "errors", "failed"]
    assert "the checks fail: range: the median of the usable values is" in done.stderr
    assert done.stdout.splitlines()[-1] == "7 kept, 1 failed"
    assert final_of(copied_run).read_bytes() == before
    (report,) = copied_run.rglob("*.checks.json")
    (content,) = json.loads(report.read_text())["files"]
    assert (content["passed"], content["limits"]["range"]["median_high"]["value"]) == (False, 1.0)
    again = run_readnoise(copied_run, *darks("small")[:3])
    assert again.stdout.splitlines()[-1] == "1 made, 7 kept"


def test_what_is_kept_keeps_its_warnings(copied_run, run_readnoise, darks, mkrefs):
    made, kept = (run_readnoise(copied_run, *darks("small")[:3], *NARROW).stdout for _ in range(2))
    assert (made.splitlines()[-1], kept.splitlines()[-1]) == ("1 made, 7 kept", "8 kept")
    assert made.count("passed, 1 warning") == kept.count("passed, 1 warning") == 1
    told = [[line for line in said.splitlines() if line.startswith("note: ")] for said in (made, kept)]
    assert "right is usually" in told[0][0]
    assert told[0] == told[1]
    assert "certify ok, checks ok (1 warning)" in mkrefs("overview", copied_run).stdout


def test_files_that_crds_refuses_are_named_final_and_individual(copied_run, run_readnoise, darks, mkrefs):
    done = run_readnoise(copied_run, *darks("small")[:3], "--readnoise.readpatt", "RAPID", status=1)
    (row,) = (line for line in done.stdout.splitlines() if " made " in line and "final_nrcb1" in line)
    assert row.split()[1:3] == ["made", "failed"]
    assert "note: certify of 1 individual file: 1 with errors" in done.stdout
    assert done.stdout.splitlines()[-1] == "3 made, 3 kept, 2 failed"
    files = {path.name for path in copied_run.rglob("*.readnoise.fits")}
    for said in (done.stdout, mkrefs("overview", copied_run).stdout):
        reasons = [line for line in said.splitlines() if "crds certify finds 1 error against" in line]
        assert {name for line in reasons for name in files if f"{name}: crds" in line} == files
        assert all("equal weight special case" in line for line in reasons)
    for path in copied_run.rglob("*.certify.json"):
        content = json.loads(path.read_text())
        assert (content["file"], len(content["errors"])) == (f"{path.name[:-13]}.fits", 1)


def test_files_of_a_run_are_compared_with_its_exposures(copied_run, mkrefs, tmp_path):
    final = final_of(copied_run)
    (content,) = json.loads(mkrefs("check", "--json", final).stdout)["files"]
    assert (content["passed"], content["made_from"]) == (True, "the manifest beside it")
    fits.setval(final, "READPATT", value="DEEP8")
    said = mkrefs("check", final, status=1).stdout
    assert "the exposures were read with RAPID, as the manifest beside it says" in said
    alone = Path(shutil.copy(final, tmp_path))
    assert (
        "the exposures were read with RAPID, as its HISTORY says" in mkrefs("check", alone, status=1).stdout
    )
