"""One command makes superbias, dark and read noise, each calibrated with those before it."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

pytestmark = pytest.mark.pipeline

PLUGIN = str(Path(__file__).parent.parent / "data" / "chain_plugin")
LABELS = "toy_superbias,toy_dark,readnoise"
CONFIGURATION = """
reffile4ssb:
  superbias: SELF
  dark: SELF
readnoise:
  ssbsteps: dq_init, saturation, superbias, refpix, dark_current
"""


@pytest.fixture(scope="module")
def exposures(make_once, mkrefs, darks):
    """Two darks of each of two detectors, copied beside the references of both."""

    def simulate(folder):
        options = ("--subarray", "SUB64P", "--darks", 2, "--ngroups", 6, "--spacing", 0.05, "--references")
        mkrefs("simulate", folder, "--detector", "NRCBLONG", *options)
        for path in darks("small")[:2]:
            shutil.copy2(path, folder)

    return sorted(make_once("chain_exposures", simulate).glob("*_uncal.fits"))


@pytest.fixture(scope="module")
def context(make_once, mkrefs, exposures, darks):
    """A private context for both detectors."""

    def create(folder):
        places = (exposures[0].parent, darks("small")[0].parent)
        mkrefs(
            "context", "create", folder, *(path for each in places for path in each.glob("references/*.fits"))
        )

    return make_once("chain_crds", create)


@pytest.fixture(scope="module")
def run(mkrefs, context, exposures, tmp_path_factory):
    """Run all labels of the chain into a folder."""
    config = tmp_path_factory.mktemp("chain") / "main.yml"
    config.write_text(CONFIGURATION)

    def run(folder, *words, labels=LABELS, **settings):
        options = ("-v", "--cfgfile", config, "--outrootdir", folder)
        return mkrefs(*options, labels, *exposures, *words, crds=context, PYTHONPATH=PLUGIN, **settings)

    return run


@pytest.fixture(scope="module")
def chain(make_once, run):
    """Output of the whole chain; it is shared: read only."""

    def make(folder):
        done = run(folder)
        (folder / "said.txt").write_text(done.stdout + done.stderr)

    return make_once("chain", make)


def finals(folder, label):
    return sorted((folder / "001" / label).glob("*.final_*.fits"))


def times(folder):
    return {path.relative_to(folder): path.stat().st_mtime_ns for path in folder.rglob("*.fits")}


def counts(done):
    return done.stdout.strip().splitlines()[-1]


def test_one_command_makes_and_certifies_all_files_of_both_detectors(chain):
    said = (chain / "said.txt").read_text()
    assert {label: len(finals(chain, label)) for label in LABELS.split(",")} == dict.fromkeys(
        LABELS.split(","), 2
    )
    assert said.count("0 errors") == 6
    assert "failed" not in said


def test_each_exposure_is_calibrated_with_its_own_detectors_new_files(chain):
    products = sorted((chain / "001" / "ssb").rglob("*_dark_current.fits"))
    assert len(products) == 4
    for product in products:
        header = fits.getheader(product)
        detector = header["DETECTOR"].lower()
        for keyword, label in (("R_SUPERB", "toy_superbias"), ("R_DARK", "toy_dark")):
            (own,) = [path for path in finals(chain, label) if f"_{detector}_" in path.name]
            assert Path(header[keyword]).name == own.name
        assert (header["S_SUPERB"], header["S_DARK"]) == ("COMPLETE", "COMPLETE")
        assert header["R_MASK"].startswith("crds://jwst_")


def test_the_pixels_are_those_of_the_new_files(chain):
    before = sorted((chain / "001" / "ssb").rglob("*_refpix.fits"))
    after = sorted((chain / "001" / "ssb").rglob("*_dark_current.fits"))
    for raw, corrected in zip(before, after, strict=True):
        detector = fits.getheader(raw)["DETECTOR"].lower()
        (dark,) = [path for path in finals(chain, "toy_dark") if f"_{detector}_" in path.name]
        expected = fits.getdata(raw, "SCI")[0] - fits.getdata(dark, "SCI")
        good = fits.getdata(corrected, "PIXELDQ") == 0
        found = fits.getdata(corrected, "SCI")[0]
        np.testing.assert_allclose(found[:, good], expected[:, good], atol=1e-3)


def test_the_history_of_the_last_file_names_the_first(chain):
    for final in finals(chain, "readnoise"):
        history = "".join(fits.getheader(final)["HISTORY"])
        assert "Calibrated with R_SUPERB toy_superbias_001.final_" in history
        assert "Calibrated with R_DARK toy_dark_001.final_" in history


def test_a_second_run_keeps_everything(chain, run, tmp_path):
    copy = Path(shutil.copytree(chain, tmp_path / "out"))
    assert "made" not in counts(run(copy))


def test_only_what_depends_on_a_changed_file_is_made_again(chain, run, tmp_path):
    copy = Path(shutil.copytree(chain, tmp_path / "out"))
    before = times(copy)
    done = run(copy, "--toy_dark.offset", 5)
    after = times(copy)
    again = {path for path in before if after[path] != before[path]}
    assert {path.parts[1] for path in again} == {"toy_dark", "readnoise", "ssb"}
    assert {path.name.rpartition("_")[2] for path in again if path.parts[1] == "ssb"} == {"current.fits"}
    assert "failed" not in done.stdout


def test_a_circle_is_refused_before_anything_is_written(run, tmp_path):
    done = run(
        tmp_path / "out", "--pp", "reffile4ssb", "mask", "SELF", labels="toy_superbias,toy_mask", status=2
    )
    assert "SELF goes in a circle" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()


def test_the_plan_tells_what_waits_for_what(run, chain, tmp_path):
    done = run(tmp_path / "out", "--onlyshow")
    assert "chosen by the rules of CRDS" in done.stdout
    assert "dark, superbias for 2 exposures, over the context" in done.stdout
    assert not (tmp_path / "out").exists()
