"""``mkrefs certify``: verdicts of sound and broken files side by side, JSON, exit statuses."""

import json
import shutil

import pytest
from astropy.io import fits
from click.testing import CliRunner

from mkrefs.cli.main import cli

MADE_BY = "AUTHOR"


@pytest.fixture
def files(darks, tmp_path):
    """A sound read noise file, and one without AUTHOR."""
    source = next((darks("small")[0].parent / "references").glob("*_readnoise.fits"))
    good, bad = (shutil.copy(source, tmp_path / name) for name in ("good.fits", "bad.fits"))
    with fits.open(bad, mode="update") as hdus:
        del hdus[0].header[MADE_BY]
    return good, bad


@pytest.fixture
def certify(crds_cache, monkeypatch, tmp_path):
    """Run the command in this process, in the folder of the files."""
    monkeypatch.setenv("CRDS_PATH", str(crds_cache))
    monkeypatch.chdir(tmp_path)

    def run(*words, status=0):
        done = CliRunner().invoke(cli, ["certify", *map(str, words)])
        assert done.exit_code == status, done.output
        return done.stdout

    return run


def test_each_file_gets_its_verdict_and_its_messages(files, certify):
    lines = certify("--nproc", 1, "*.fits", status=1).splitlines()
    assert lines[0] == "bad.fits: 1 error"
    assert lines[1].startswith("  error: ")
    assert MADE_BY in lines[1]
    assert lines[2:] == [
        "good.fits: 0 errors",
        "2 files certified against jwst_0001.pmap: 1 passed, 1 failed",
    ]
    good, bad = json.loads(certify("--json", "--nproc", 1, *files, status=1))
    assert good == {
        "mkrefs_certify": 1,
        "file": str(files[0]),
        "context": "jwst_0001.pmap",
        "errors": [],
        "warnings": [],
        "notes": [],
    }
    assert (bad["file"], len(bad["errors"])) == (str(files[1]), 1)


def test_mistakes_are_told_in_a_sentence(mkrefs, files):
    done = mkrefs("certify", files[0], status=2)
    assert "CRDS_PATH is not set" in done.stderr
    done = mkrefs("certify", "absent.fits", status=2)
    assert "absent.fits" in done.stderr
    assert "Traceback" not in done.stderr
