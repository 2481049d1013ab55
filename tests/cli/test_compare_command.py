"""``mkrefs compare``: verdict, JSON, files, exit statuses; never a traceback."""

import json
import shutil
import subprocess

import pytest
from astropy.io import fits
from click.testing import CliRunner

from mkrefs.cli.main import cli
from mkrefs.testing import DetectorTruth, make_reference_files


@pytest.fixture(scope="module")
def folder(make_once):
    """A read noise file, one of noise of single reads, and a gain; shared: read only."""

    def make(folder):
        made = make_reference_files(DetectorTruth("NRCB1", "SUB64P"), folder, types=("readnoise", "gain"))
        single = shutil.copy(made["readnoise"], folder / "single.fits")
        with fits.open(single, mode="update") as hdus:
            hdus["SCI"].data /= 2**0.5

    return make_once("compare_command", make)


@pytest.fixture
def compare(folder, monkeypatch):
    """Run the command in this process in the folder of the files."""
    monkeypatch.chdir(folder)
    for name in ("CRDS_PATH", "CRDS_CONTEXT", "CRDS_SERVER_URL"):
        monkeypatch.delenv(name, raising=False)

    def run(*words, status=0):
        done = CliRunner().invoke(cli, ["compare", *map(str, words)])
        assert done.exit_code == status, done.output
        return done.stdout

    return run


def test_the_verdict_comes_first_and_nothing_is_written(compare, folder):
    before = sorted(folder.iterdir())
    lines = compare("single.fits", "nrcb1_sub64p_readnoise.fits").splitlines()
    assert lines[:3] == [
        "single.fits",
        "compared with nrcb1_sub64p_readnoise.fits (given)",
        "verdict: suspicious",
    ]
    assert lines[3].endswith("is it the noise of a CDS pair against that of a single read (factor 1.414)?")
    assert sorted(folder.iterdir()) == before


def test_strict_tells_by_the_exit_status(compare):
    words = ("--strict", "nrcb1_sub64p_readnoise.fits")
    assert "verdict: equal" in compare(*words, "nrcb1_sub64p_readnoise.fits")
    compare(*words, "single.fits", status=1)


def test_json_is_complete_and_files_are_written_where_they_shall_be(compare, tmp_path):
    words = ("single.fits", "nrcb1_sub64p_readnoise.fits", "-o", tmp_path / "out")
    told = json.loads(compare(*words, "--json"))
    assert (told["mkrefs_comparison"], told["verdict"]["verdict"]) == (2, "suspicious")
    assert told["maps"] == "single.comparison.fits"
    assert json.loads((tmp_path / "out" / "single.comparison.json").read_text()) == told
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "single.comparison.fits",
        "single.comparison.json",
        "single.comparison.txt",
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nosuch.fits",), "nosuch.fits: there is no such file"),
        (("single.fits", "nosuch.fits"), "nosuch.fits: there is no such file"),
        (
            ("single.fits", "nrcb1_sub64p_gain.fits"),
            "has REFTYPE GAIN, the new file single.fits has READNOISE",
        ),
        (("single.fits",), "there is no CRDS cache with a context"),
        ((), "Missing argument 'NEW'"),
    ],
)
def test_what_cannot_be_compared_is_told_in_a_sentence(words, said, folder, mkrefs_command):
    done = subprocess.run(
        [mkrefs_command, "compare", *words], cwd=folder, capture_output=True, text=True, check=False, env={}
    )
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
