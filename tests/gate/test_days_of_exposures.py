"""When exposures were taken is known from the plan, a manifest, HISTORY, or the exposures themselves."""

import pytest

from mkrefs.gate.provenance import from_exposures, from_file, from_metadata

READ = "Exposures read with READPATT RAPID, SUBARRAY SUB64P"


def test_a_job_tells_the_days_of_all_its_exposures():
    metadata = {"date_obs": "2024-03-01", "readpatt": "RAPID"}
    taken = from_metadata(metadata, "the plan", "gain", ("2024-03-01", "2024-03-10"))
    assert taken.keywords == {"READPATT": ("RAPID",), "DATE-OBS": ("2024-03-01", "2024-03-10")}
    assert "DATE-OBS" not in from_metadata(metadata, "the plan").keywords


def test_exposures_tell_each_day_once():
    headers = [{"DETECTOR": "NRCA1", "DATE-OBS": day} for day in ("2024-03-02", "2024-03-01", "2024-03-02")]
    assert from_exposures(headers, "NRCA1").keywords["DATE-OBS"] == ("2024-03-02", "2024-03-01")


@pytest.mark.parametrize(
    ("line", "days"),
    [
        ("Exposures taken from 2024-03-01 to 2024-03-10", ("2024-03-01", "2024-03-10")),
        ("Exposures taken on 2024-03-01", ("2024-03-01",)),
    ],
)
def test_history_tells_the_days(line, days, tmp_path):
    assert from_file(tmp_path / "none.fits", [READ, line]).keywords["DATE-OBS"] == days
    assert "DATE-OBS" not in from_file(tmp_path / "none.fits", [READ]).keywords
