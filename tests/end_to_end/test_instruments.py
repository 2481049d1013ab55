import json
import re
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from mkrefs.testing import (
    DetectorTruth,
    Effects,
    ReferenceSettings,
    SimulationSpec,
    make_reference_files,
    simulate_set,
)

pytestmark = pytest.mark.pipeline

TOY = str(Path(__file__).parent.parent / "data" / "toy_plugin")
DARKS = {"NIRCAM": "clean", "NIRISS": "niriss", "NIRSPEC": "nirspec", "FGS": "fgs", "MIRI": "miri"}
INSTRUMENTS = tuple(DARKS)
NEAR_INFRARED = ["dq_init", "saturation", "superbias", "refpix"]
ORDER = dict.fromkeys(INSTRUMENTS, NEAR_INFRARED) | {
    "MIRI": ["dq_init", "saturation", "lastframe", "reset", "linearity"]
}
DONE = {
    "dq_init": "S_DQINIT", "saturation": "S_SATURA", "superbias": "S_SUPERB", "refpix": "S_REFPIX",
    "lastframe": "S_LASTFR", "reset": "S_RESET", "linearity": "S_LINEAR", "rscd": "S_RSCD",
    "dark_current": "S_DARK",
}  # fmt: skip
# Reference pixels of one parity: half of four rows of a corner subarray as wide as this. NIRSpec's has none,
# and the pipeline takes its first and last four columns of 16 rows for them.
AVERAGED = {
    "NIRCAM": 4 * 160 // 2,
    "NIRISS": 4 * 64 // 2,
    "NIRSPEC": 8 * 16 // 2,
    "FGS": 4 * 128 // 2,
    "MIRI": 0,
}


@pytest.fixture(scope="module")
def everything(make_once, run_readnoise, darks):
    """Output of one command on darks of all five instruments; it is shared: read only."""

    def make(folder):
        exposures = [path for name in DARKS.values() for path in darks(name)[:6]]
        dates = ("--readnoise.pedigree", "INFLIGHT", "--readnoise.useafter", "AUTO")
        words = (*exposures, *dates, "--pp", "output", "ssblogFlag", "true")
        done = run_readnoise(folder, "--nproc", 1, *words)
        (folder / "said.txt").write_text(done.stdout)

    return make_once("everything", make)


@pytest.fixture(scope="module")
def miri_states(make_once, run_readnoise, darks):
    """Output of a run that calibrates MIRI's darks once, with and without its dark; shared: read only."""

    def make(folder):
        states = ("--toy_noise.ssbsteps", "linearity-", "--readnoise.ssbsteps", "dark_current-")
        run_readnoise(folder, "--nproc", 1, "toy_noise", *darks("miri"), *states, PYTHONPATH=TOY)

    return make_once("miri_states", make)


def final_of(folder, instrument):
    found = (folder / "test1" / "001" / "readnoise").glob("*.final_*.readnoise.fits")
    (path,) = (path for path in found if fits.getval(path, "INSTRUME") == instrument)
    return path


def products_of(folder, instrument, suffix):
    found = sorted((folder / "test1" / "001" / "ssb").rglob(f"*_{suffix}.fits"))
    return [path for path in found if fits.getval(path, "INSTRUME") == instrument]


def steps_run(log):
    """The steps in the order in which the pipeline itself says that they ran."""
    return re.findall(r"Step (\w+) running with args", log.read_text())


def shown_noise(truth, averaged):
    """The CDS noise to be found: the pixel's own, and what the pipeline leaves or adds on the way.

    `averaged` is the number of reference pixels of one parity whose mean is taken off; 0 where none are, and
    the drift of the amplifiers stays.
    """
    if averaged:
        noise = truth.cds_noise * np.sqrt(1 + 1 / averaged)
    else:
        noise = np.hypot(truth.cds_noise, np.sqrt(2) * truth.strengths.amplifier_drift)
    if truth.hardware.instrument == "MIRI":  # its state is linear: the slope of the correction at the bias
        noise = noise * (1 + 2 * truth.nonlinearity * truth.bias)
    return noise


def assert_noise_recovered(path, averaged):
    """The mean of measured / shown noise over the normal pixels must be 1 to four standard errors."""
    with fits.open(path) as hdus:
        header, measured, degrees = hdus[0].header, hdus["SCI"].data, hdus["NSAMPLES"].data
    truth = DetectorTruth(header["DETECTOR"], header["SUBARRAY"])
    ratio = (measured / shown_noise(truth, averaged))[truth.normal]
    # Of Gaussian samples with so many degrees of freedom the standard deviation has this relative scatter.
    scatter = 1 / np.sqrt(2 * np.median(degrees[truth.normal]))
    assert np.mean(ratio) == pytest.approx(1.0, abs=4 * scatter / np.sqrt(ratio.size))
    assert np.median(ratio) == pytest.approx(1.0, abs=0.01)
    assert np.std(ratio) == pytest.approx(scatter, rel=0.15)


@pytest.mark.parametrize("instrument", INSTRUMENTS)
def test_each_instrument_gets_a_certified_file(instrument, everything):
    path = final_of(everything, instrument)
    assert "0 errors" in path.with_name(f"{path.name.removesuffix('.fits')}.certify.txt").read_text()
    assert fits.getval(path, "DETECTOR") in {"NRCA1", "NIS", "NRS1", "GUIDER2", "MIRIMAGE"}
    said = (everything / "said.txt").read_text()
    assert said.count("made   0 errors") == len(INSTRUMENTS)


@pytest.mark.parametrize("instrument", INSTRUMENTS)
def test_dates_are_those_of_the_exposures_in_files_that_are_certified(instrument, everything, darks):
    days = [fits.getval(path, "DATE-OBS") for path in darks(DARKS[instrument])[:6]]
    final = final_of(everything, instrument)
    detector = fits.getval(final, "DETECTOR")
    made = [
        path for path in final.parent.glob("*.readnoise.fits") if fits.getval(path, "DETECTOR") == detector
    ]
    assert len(made) == 2
    for path in made:
        header = fits.getheader(path)
        assert header["PEDIGREE"] == f"INFLIGHT {min(days)} {max(days)}"
        assert header["USEAFTER"] == f"{min(days)}T00:00:00"
        assert any(line.startswith(f"Exposures taken on {min(days)}") for line in header["HISTORY"])
        found = json.loads(path.with_name(f"{path.name.removesuffix('.fits')}.certify.json").read_text())
        assert (found["mkrefs_certify"], found["file"]) == (1, path.name)
        assert (found["errors"], found["context"]) == ([], "jwst_0001.pmap")


@pytest.mark.parametrize("instrument", INSTRUMENTS)
def test_each_instrument_is_calibrated_in_its_own_order(instrument, everything):
    steps = ORDER[instrument]
    products = products_of(everything, instrument, steps[-1])
    assert len(products) == 6
    for path in products:
        header = fits.getheader(path)
        done = {step for step, keyword in DONE.items() if header.get(keyword) == "COMPLETE"}
        assert done == set(steps)
        # What scales groups looks at NIRSpec's headers, and finds nothing to do.
        looked = ["group_scale"] if instrument == "NIRSPEC" else []
        assert steps_run(path.with_name(f"{path.stem}.log.txt")) == [*looked, *steps]
    history = "".join(fits.getheader(final_of(everything, instrument))["HISTORY"])
    assert f"Calibration state: {', '.join(steps)}" in history


@pytest.mark.parametrize("instrument", INSTRUMENTS)
def test_each_instrument_gives_back_the_noise_of_its_detector(instrument, everything):
    assert_noise_recovered(final_of(everything, instrument), AVERAGED[instrument])


def test_miri_is_read_by_four_outputs(everything, miri_states):
    for folder in (everything, miri_states):
        outputs = [fits.getval(path, "NOUTPUTS") for path in products_of(folder, "MIRI", "linearity")]
        assert outputs == [4] * 6


def test_the_dark_of_miri_has_a_plane_for_each_integration_and_group(miri_states, crds_cache):
    linear = products_of(miri_states, "MIRI", "linearity")
    corrected = products_of(miri_states, "MIRI", "dark_current")
    assert len(linear) == len(corrected) == 6
    for before, after in zip(linear, corrected, strict=True):
        header = fits.getheader(after)
        assert (header["S_DARK"], header["S_RSCD"], header.get("S_REFPIX")) == ("COMPLETE", "COMPLETE", None)
        name = header["R_DARK"].removeprefix("crds://")
        dark = fits.getdata(next(crds_cache.rglob(name)), "SCI")
        assert dark.ndim == 4
        taken = fits.getdata(before, "SCI") - fits.getdata(after, "SCI")
        assert taken.shape == (2, 8, 64, 72)
        np.testing.assert_allclose(taken, dark[:2, :8], atol=0.01)  # of some 9000 DN in single precision
        assert dark.max() > 1


def test_the_noise_of_miri_is_the_same_after_its_dark(miri_states):
    assert_noise_recovered(final_of(miri_states, "MIRI"), AVERAGED["MIRI"])


@pytest.fixture(scope="module")
def whole_miri(make_once, mkrefs, tmp_path_factory):
    """Output for two darks of the whole of MIRI's detector, with its reference pixels; shared: read only."""

    def make(folder):
        size = ("--detector", "MIRIMAGE", "--subarray", "FULL", "--darks", 2, "--ngroups", 6)
        mkrefs("simulate", folder / "in", *size, "--cosmic-ray-fraction", 0, "--references")
        mkrefs("context", "create", folder / "crds", *sorted((folder / "in/references").glob("*.fits")))
        options = ("--outrootdir", folder / "out/test1", "--pp", "D+", "max_Delta_MJD", 5)
        words = ("--readnoise.ssbsteps", "refpix-", "--pp", "output", "ssblogFlag", "true")
        exposures = sorted((folder / "in").glob("*_uncal.fits"))
        mkrefs("readnoise", *options, *words, "--nproc", 1, *exposures, crds=folder / "crds")

    return make_once("whole_miri", make) / "out"


def test_the_reference_pixels_of_miri_come_last(whole_miri):
    products = products_of(whole_miri, "MIRI", "refpix")
    assert len(products) == 2
    for path in products:
        steps = steps_run(path.with_name(f"{path.stem}.log.txt"))
        assert steps[-4:] == ["linearity", "rscd", "dark_current", "refpix"]
        assert steps.index("reset") < steps.index("linearity")
        header = fits.getheader(path)
        assert (header["NOUTPUTS"], header["S_REFPIX"]) == (4, "COMPLETE")


IRS2_EFFECTS = ("bias", "reset_noise", "read_noise", "amplifier_drift", "one_over_f", "dark_current", "hot")


@pytest.fixture(scope="module")
def irs2(make_once, mkrefs):
    """Two darks of NIRSpec with interleaved reference pixels, their context, and a run; shared: read only."""

    def make(folder):
        spec = SimulationSpec(
            detector="NRS1",
            subarray="FULL",
            readpatt="NRSIRS2RAPID",
            darks=2,
            ngroups=5,
            effects=IRS2_EFFECTS,
        )
        truth = simulate_set(spec, folder / "in").truth
        types = {"mask", "saturation", "superbias", "refpix"}
        settings = ReferenceSettings(readpatt=spec.readpatt)
        files = make_reference_files(truth, folder / "references", settings, types=types)
        mkrefs("context", "create", folder / "crds", *files.values())
        options = ("--outrootdir", folder / "out/test1", "--pp", "D+", "max_Delta_MJD", 5)
        exposures = sorted((folder / "in").glob("*_uncal.fits"))
        mkrefs("readnoise", *options, "--nproc", 1, *exposures, crds=folder / "crds")

    return make_once("irs2", make)


def test_interleaved_reference_pixels_are_gone_from_the_read_noise(irs2):
    (path,) = (irs2 / "out").rglob("*.final_*.readnoise.fits")
    assert "0 errors" in path.with_name(f"{path.name.removesuffix('.fits')}.certify.txt").read_text()
    with fits.open(path) as hdus:
        assert hdus["SCI"].data.shape == (2048, 2048)
        assert hdus[0].header["READPATT"] == "NRSIRS2RAPID"
    for product in products_of(irs2 / "out", "NIRSPEC", "refpix"):
        with fits.open(product) as hdus:
            assert [hdus[0].header[DONE[step]] for step in NEAR_INFRARED] == ["COMPLETE"] * 4
            assert hdus["SCI"].shape == (1, 5, 2048, 2048)
            assert hdus["PIXELDQ"].shape == (2048, 2048)


def test_interleaved_reference_pixels_take_off_what_is_slow(irs2):
    """Of the drifts, the difference of the parities stays; of the 1/f noise what is faster than the weights.

    A 1/f spectrum has equal power in equal ratios of frequency: here from 1 to 300 cycles a frame of those
    up to half the samples. The weights let through noise of the references: in 300 cycles of all that
    a frame has, 712 / 256 of two times 128 of 712.
    """
    (path,) = (irs2 / "out").rglob("*.final_*.readnoise.fits")
    truth = DetectorTruth("NRS1", "FULL", effects=Effects.only(*IRS2_EFFECTS))
    ratio = (fits.getdata(path, "SCI") / truth.cds_noise)[truth.normal]
    levels, samples = truth.strengths, 712 * 2048
    own, drift, slow = (
        (np.sqrt(2) * levels.read_noise) ** 2,
        2 * levels.amplifier_drift**2,
        2 * levels.one_over_f**2,
    )
    fast = 1 - np.log(300) / np.log(640 * 2048 / 2)
    references = own * (2 * 300 / samples) * (712 / 256) ** 2 * 4 * 128 / 712
    expected = np.sqrt((own + drift / 2 + slow * fast + references) / own)
    untouched = np.sqrt((own + drift + slow) / own)
    assert untouched - expected > 0.01
    # Four draws of each of eight drifts leave the mean uncertain by some thousandths.
    assert np.mean(ratio) == pytest.approx(expected, abs=0.004)


def test_frames_with_interleaved_reference_pixels_are_refused(irs2, mkrefs, tmp_path):
    """The creator says what is missing when ssbsteps stops before refpix."""
    words = ("--outrootdir", tmp_path, "--readnoise.ssbsteps", "dq_init, superbias", "--nproc", 1)
    exposure = min((irs2 / "in").glob("*_uncal.fits"))
    done = mkrefs("readnoise", *words, exposure, crds=irs2 / "crds", status=1)
    assert "still holds the reference pixels that NRSIRS2RAPID interleaves" in done.stdout
    assert "let ssbsteps include refpix, which takes them out" in done.stdout
    assert "Traceback" not in done.stderr
