"""The overview of a real run in which one of two labels fails, as table, JSON and CSV."""

import csv
import io
import json
import shutil
from collections import Counter
from pathlib import Path

import pytest

pytestmark = pytest.mark.pipeline


@pytest.fixture
def one(both):
    """The run folder; it is shared: read only."""
    return both / "test1" / "001"


def loaded(done):
    (run,) = json.loads(done.stdout)["runs"]
    return run


def test_the_table_tells_what_was_made_and_what_failed_and_why(mkrefs, both, one):
    lines = mkrefs("overview", both).stdout.splitlines()
    (line,) = [line for line in lines if line.startswith(f"{one} ")]
    assert "readnoise, toy_noise" in line
    assert line.endswith(" s  failed")
    (final,) = [line for line in lines if ".final_" in line and "/readnoise/" in line]
    assert final.split()[1:3] == ["made", "2"]
    assert final.rstrip().endswith("certify ok, checks ok")
    assert any(line.startswith("  toy_noise-") and "toy_noise: asked to fail." in line for line in lines)
    assert "4 skipped" in lines[-1]


def test_json_tells_everything(mkrefs, one, darks):
    run = loaded(mkrefs("overview", one, "--format", "json"))
    (command,) = run["commands"]
    assert (command["made"], command["skipped"], command["failed"], command["left"]) == (7, 4, 1, 0)
    assert (command["exit_status"], command["status"]) == (1, "failed")
    assert command["command"][0] == "mkrefs"
    assert command["context"].endswith(".pmap")
    kinds = Counter(product["kind"] for product in run["products"])
    assert kinds == {"CalibrateJob": 4, "CreateJob": 2, "CombineJob": 2, "CertifyJob": 8, "GateJob": 4}
    states = Counter((product["state"], product["presence"]) for product in run["products"])
    assert states == {("made", "there"): 12, ("failed", "none"): 1, ("skipped", "none"): 7}
    exposures = [path.name.removesuffix("_uncal.fits") for path in darks("small")[:2]]
    for product in run["products"]:
        assert set(product["exposures"]) <= set(exposures)
        assert product["exposures"]
        assert (product["seconds"] is None) == (product["state"] != "made")


def test_the_report_tells_what_was_made_and_what_failed(one):
    page = (one / "report.html").read_text()
    assert "finished, 1 job failed, 4 skipped" in page
    assert "toy_noise: asked to fail." in page
    assert page.count("data:image/png") == 2  # the map of the read noise, and its colour bar
    assert "Calibrated with" in page


def test_csv_has_a_row_for_each_file(mkrefs, one):
    rows = list(csv.DictReader(io.StringIO(mkrefs("overview", one, "--format", "csv").stdout)))
    assert len(rows) == 20
    (failed,) = [row for row in rows if row["state"] == "failed"]
    assert (failed["label"], failed["reason"]) == ("toy_noise", "toy_noise: asked to fail.")
    assert Path(failed["log"]).is_file()


def test_later_commands_have_the_last_word(mkrefs, both, tmp_path, run_readnoise, darks):
    copy = Path(shutil.copytree(both, tmp_path / "out"))
    before = loaded(mkrefs("overview", copy, "--format", "json"))
    run_readnoise(copy, *darks("small")[:2])
    after = loaded(mkrefs("overview", copy, "--format", "json"))
    assert [command["status"] for command in after["commands"]] == ["failed", "done"]
    assert after["commands"][1]["kept"] == 7
    kept = {each["file"]: each["seconds"] for each in after["products"] if each["state"] == "kept"}
    assert len(kept) == 10
    assert kept.items() <= {each["file"]: each["seconds"] for each in before["products"]}.items()
    states = Counter(product["state"] for product in after["products"])
    assert (states["failed"], states["skipped"]) == (1, 7)
