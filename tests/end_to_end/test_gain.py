"""Raw flats and darks in, a certified gain out; with flats alone too."""

import numpy as np
import pytest
from astropy.io import fits

from mkrefs.testing import DetectorTruth

pytestmark = pytest.mark.pipeline

#: All that the simulator knows of, of a detector whose reference files the shared context has.
EFFECTS = (
    *("bias", "amplifier_offsets", "amplifier_drift", "reset_noise", "read_noise", "noisy", "shot_noise"),
    *(
        "dark_current",
        "hot",
        "warm",
        "dead",
        "low_qe",
        "open",
        "rc",
        "telegraph",
        "cosmic_rays",
        "flat_field",
    ),
    *("gain_map", "nonlinearity", "saturation", "ipc", "brighter_fatter"),
)


@pytest.fixture(scope="module")
def exposures(make_once, mkrefs):
    """Two darks and two flats that reach half of the full well, with cosmic rays; read only."""

    def make(folder):
        counts = ("--darks", 2, "--flats", 2, "--ngroups", 20, "--nints", 2, "--cosmic-ray-fraction", 0.02)
        switches = (word for effect in EFFECTS for word in ("--effect", effect))
        mkrefs("simulate", folder, *counts, "--spacing", 0.05, *switches)

    return sorted(make_once("gain_exposures", make).glob("*_uncal.fits"))


@pytest.fixture(scope="module")
def run(make_once, mkrefs, main_config, exposures, crds_cache):
    """Output of a run for the gain, and of one with flats alone after it; read only."""

    def make(folder):
        options = ("--cfgfile", main_config, "--outrootdir", folder, "--nproc", 1, "--newrunID")
        shared = ("-p", "output.skip_runID_ssbdir", "true")
        first = mkrefs("gain", *options, *shared, *exposures, "--gain.plot", "true", crds=crds_cache)
        alone = ("--gain.imtypes", "FF", "--gain.ipc_correction", "false", "--gain.num_boxes", 3)
        second = mkrefs("gain", *options, *shared, *exposures, *alone, crds=crds_cache)
        (folder / "said.txt").write_text(first.stdout + first.stderr)
        (folder / "said_alone.txt").write_text(second.stdout + second.stderr)

    return make_once("gain_run", make)


def final_of(run, number):
    (path,) = (run / "test1" / number / "gain").glob("*final*.gain.fits")
    return path


def text_of(header):
    return "".join(header["HISTORY"]).replace(" ", "")


@pytest.fixture(scope="module")
def truth():
    return DetectorTruth("NRCA1", "SUB160")


def boxes_of(image, use, count=4):
    rows, columns = (np.array_split(np.arange(size), count) for size in image.shape)
    return np.array([image[np.ix_(a, b)][use[np.ix_(a, b)]].mean() for a in rows for b in columns])


def assert_recovered(path, truth, *, factor=1.0):
    with fits.open(path) as hdus:
        gain = np.array(hdus["SCI"].data)
    assert np.isfinite(gain).all()
    ratio = boxes_of(gain, truth.normal) / boxes_of(truth.gain, truth.normal) * factor
    assert np.median(ratio) == pytest.approx(1, abs=0.01)
    assert np.sqrt(np.mean((ratio - 1) ** 2)) < 0.02


def test_the_injected_gain_is_recovered(run, truth):
    assert_recovered(final_of(run, "001"), truth)


def test_the_file_is_certified_and_says_how_it_was_made(run):
    said = (run / "said.txt").read_text()
    assert "0 errors" in said
    with fits.open(final_of(run, "001")) as hdus:
        assert hdus[0].header["REFTYPE"] == "GAIN"
        assert hdus["SCI"].header["BUNIT"] == "ELECTRONS/DN"
        names = {hdu.name for hdu in hdus}
        assert {"ERR", "NSAMPLES", "FILLED", "BOXES", "CORRECTIONS", "IPC", "BFE"} <= names
        squares = 0.9788**2 + 4 * 0.0053**2
        assert hdus["CORRECTIONS"].data["VALUE"][0] == pytest.approx(squares, abs=0.02)
    (individual,) = (
        path for path in (run / "test1" / "001" / "gain").glob("*.gain.fits") if "final" not in path.name
    )
    history = text_of(fits.getheader(individual))
    for text in (
        "Calibration state: dq_init, saturation, superbias, refpix, linearity",
        "Corrected for inter-pixel capacitance: sum of the squares of its kernel",
        "Corrected for the brighter-fatter effect: a00",
        "and the read noise taken off scaled as that did",
        "read noise from 2 darks",
    ):
        assert text.replace(" ", "") in history
    figures = {path.name for path in individual.parent.glob("*.png")}
    assert figures == {f"{individual.stem}.{name}.png" for name in ("photon_transfer", "gain", "error")}


def test_flats_alone_and_not_corrected_give_the_apparent_gain(run, truth):
    # Of the variance the coupling of each side of 0.53 % leaves the sum of the squares of its kernel.
    assert_recovered(final_of(run, "002"), truth, factor=0.9788**2 + 4 * 0.0053**2)
    (individual,) = (
        path for path in (run / "test1" / "002" / "gain").glob("*.gain.fits") if "final" not in path.name
    )
    history = text_of(fits.getheader(individual))
    for text in ("NOT corrected for inter-pixel capacitance", "read noise from the flats themselves"):
        assert text.replace(" ", "") in history
    # The flats were calibrated by the first run.
    assert "kept" in (run / "said_alone.txt").read_text()
