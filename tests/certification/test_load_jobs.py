"""Files that load in their data model pass, others fail with a sentence that names the fault."""

import shutil
from pathlib import Path

import pytest
from astropy.io import fits

from mkrefs.certification.loading import LoadFailed, run_load_job
from mkrefs.jobs.checking import LoadJob
from mkrefs.reference_files.loading import load_as_users_do


@pytest.fixture
def load(tmp_path):
    def load(file: Path, reftype: str = "readnoise", instrument: str = "NIRCAM"):
        return run_load_job(
            LoadJob("t", "some", reftype, instrument, str(file), str(tmp_path / "report.txt"))
        )

    return load


def test_a_sound_file_passes(references, load, tmp_path):
    notes = load(references["readnoise"])
    assert notes == (
        "loads as ReadnoiseModel with strict validation, datamodels.open gives ReadnoiseModel",
        "data: 64 x 64, float32",
    )
    assert (tmp_path / "report.txt").read_text().startswith("test4datamodel of readnoise.fits: passed\n")


def test_every_simulated_reference_file_loads(darks):
    for set_name, instrument in (("small", "NIRCAM"), ("miri", "MIRI")):
        for path in (darks(set_name)[0].parent / "references").glob("*.fits"):
            reftype = path.stem.rpartition("_")[2]
            assert load_as_users_do(path, reftype, instrument).problems == (), path


def test_what_a_file_need_not_hold_is_named(darks, load):
    dark = next((darks("small")[0].parent / "references").glob("*_dark.fits"))
    assert "not in the file: average_dark_current" in load(dark, "dark")


def _cut(hdus):
    hdus["SCI"].data = hdus["SCI"].data[:, :32]


def _remove_pixels(hdus):
    del hdus["SCI"]


@pytest.mark.parametrize(
    ("keywords", "how", "reason"),
    [
        ({"AUTHOR": None}, None, r"does not load as ReadnoiseModel: .*missing values for \['author'\]"),
        ({"READPATT": "NONSENSE"}, None, "'NONSENSE' is not one of"),
        ({}, _cut, "data has 32 x 64 pixels, its subarray 64 x 64"),
        ({"SUBSIZE1": 32}, _cut, "SUBARRAY SUB64P has 64 x 64 pixels, SUBSIZE1 and SUBSIZE2 say 32 x 64"),
        ({}, _remove_pixels, "it holds no data"),
        ({"DATAMODL": "GainModel"}, None, "datamodels.open takes it for GainModel, not for ReadnoiseModel"),
    ],
)
def test_faults_are_named(altered, load, tmp_path, keywords, how, reason):
    path = altered("bad.fits", **keywords)
    if how is not None:
        with fits.open(path, mode="update") as hdus:
            how(hdus)
    with pytest.raises(LoadFailed, match=reason):
        load(path)
    assert "fault: " in (tmp_path / "report.txt").read_text()


def test_a_file_of_another_type_or_form_fails(references, load, tmp_path):
    with pytest.raises(LoadFailed, match=r"datamodels\.open takes it for GainModel"):
        load(references["gain"])
    other = tmp_path / "text.fits"
    other.write_text("no FITS file")
    with pytest.raises(LoadFailed, match="does not load as ReadnoiseModel: No SIMPLE card"):
        load(other)
    shutil.copy(references["gain"], other)
    with pytest.raises(LoadFailed, match="holds no dq"):
        load(other, "mask")
