"""Final files are checked by their run, which fails where they are no good, and by anyone afterwards."""

import json
import shutil
from pathlib import Path

import pytest
from astropy.io import fits

pytestmark = pytest.mark.pipeline

TIGHT = ("--pp", "readnoise", "checks.range.median_high", 1)


def final_of(folder):
    return next(folder.rglob("*.final_*.readnoise.fits"))


def test_a_run_holds_its_files_to_the_limits(copied_run, run_readnoise, darks):
    before = final_of(copied_run).read_bytes()
    done = run_readnoise(copied_run, *darks("small")[:3], *TIGHT, status=1)
    row = next(line for line in done.stdout.splitlines() if "final_nrcb1" in line and " kept " in line)
    assert row.split()[1:] == ["kept", "0", "errors", "failed"]
    assert "the checks fail: range: the median of the usable values is" in done.stderr
    assert done.stdout.splitlines()[-1] == "6 kept, 1 failed"
    assert final_of(copied_run).read_bytes() == before
    (report,) = copied_run.rglob("*.checks.json")
    (content,) = json.loads(report.read_text())["files"]
    assert (content["passed"], content["limits"]["range"]["median_high"]["value"]) == (False, 1.0)
    again = run_readnoise(copied_run, *darks("small")[:3])
    assert again.stdout.splitlines()[-1] == "1 made, 6 kept"


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
