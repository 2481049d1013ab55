from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from astropy.io import fits

from mkrefs.errors import UserError
from mkrefs.instruments.dq import PIXEL_DQ
from mkrefs.testing import (
    DetectorTruth,
    Effects,
    ExposureSpec,
    ReferenceSettings,
    SimulationSpec,
    make_reference_files,
    simulate_darks,
    simulate_exposure,
    simulate_ramp,
    simulate_set,
)
from mkrefs.testing.reference_set import reference_types_of


@pytest.fixture(scope="module")
def exposure(tmp_path_factory):
    truth = DetectorTruth("NRCA1", "SUB160")
    spec = ExposureSpec(
        readpatt="SHALLOW4",
        ngroups=3,
        nints=2,
        start=datetime(2024, 3, 1, 23, 59, 59, 500000, tzinfo=UTC),
        observation=7,
        exposure=12,
    )
    return truth, spec, simulate_exposure(truth, spec, tmp_path_factory.mktemp("exposure"))


def test_the_name_is_that_of_the_archive(exposure):
    assert exposure[2].name == "jw01062007001_02101_00012_nrca1_uncal.fits"


def test_the_header_says_what_was_simulated(exposure):
    _, _, path = exposure
    header = fits.getheader(path)
    expected = {
        "FILENAME": path.name,
        "TELESCOP": "JWST",
        "INSTRUME": "NIRCAM",
        "DETECTOR": "NRCA1",
        "MODULE": "A",
        "CHANNEL": "SHORT",
        "FILTER": "F115W",
        "PUPIL": "CLEAR",
        "EXP_TYPE": "NRC_DARK",
        "READPATT": "SHALLOW4",
        "NINTS": 2,
        "NGROUPS": 3,
        "NFRAMES": 4,
        "GROUPGAP": 1,
        "NSAMPLES": 1,
        "NOUTPUTS": 1,
        "SUBARRAY": "SUB160",
        "SUBSTRT1": 1889,
        "SUBSTRT2": 1889,
        "SUBSIZE1": 160,
        "SUBSIZE2": 160,
        "FASTAXIS": -1,
        "SLOWAXIS": 2,
        "DATE-OBS": "2024-03-01",
        "TIME-OBS": "23:59:59.500",
        "DATE-BEG": "2024-03-01T23:59:59.500",
        "PROGRAM": "01062",
        "OBSERVTN": "007",
        "VISIT": "001",
        "EXPOSURE": "12",
    }
    assert {key: header[key] for key in expected} == expected
    assert "TIME-END" not in header
    assert header["TFRAME"] == pytest.approx(0.27864)
    assert header["TGROUP"] == pytest.approx(5 * 0.27864)
    assert header["EFFINTTM"] == pytest.approx(14 * 0.27864)
    assert header["DATE-END"].startswith("2024-03-02T00:00:0")
    assert header["EXPSTART"] == pytest.approx(60370.99999421, abs=1e-7)
    assert header["EXPSTART"] < header["EXPMID"] < header["EXPEND"]
    assert (header["EXPEND"] - header["EXPSTART"]) * 86400 == pytest.approx(29 * 0.27864, abs=1e-3)


def test_the_file_holds_the_simulated_pixels(exposure):
    from stdatamodels.jwst.datamodels import RampModel

    truth, spec, path = exposure
    with RampModel(str(path)) as model:
        np.testing.assert_array_equal(model.data, simulate_ramp(truth, spec).data)
    with fits.open(path) as hdus:
        assert hdus["SCI"].data.dtype == np.uint16
        assert "ASDF" in hdus


def test_miri_and_nirspec_headers(tmp_path):
    miri = simulate_exposure(
        DetectorTruth("MIRIMAGE", "SUB64"), ExposureSpec(ngroups=2, name="a.fits"), tmp_path
    )
    header = fits.getheader(miri)
    assert miri.name == "a.fits"
    assert (header["FILTER"], header["READPATT"], header["NOUTPUTS"]) == ("OPAQUE", "FASTR1", 4)
    assert (header["SUBSTRT1"], header["SUBSTRT2"], header["SUBSIZE1"], header["SUBSIZE2"]) == (
        1,
        779,
        72,
        64,
    )
    nirspec = simulate_exposure(DetectorTruth("NRS2", "SUB512S"), ExposureSpec(ngroups=2), tmp_path)
    header = fits.getheader(nirspec)
    assert (header["EXP_TYPE"], header["GRATING"], header["FASTAXIS"]) == ("NRS_DARK", "PRISM", -2)
    spectrometer = simulate_exposure(
        DetectorTruth("MIRIFULONG", "FULL", effects=Effects()), ExposureSpec(ngroups=1), tmp_path
    )
    header = fits.getheader(spectrometer)
    assert (header["EXP_TYPE"], header["BAND"], header["CHANNEL"]) == ("MIR_DARKMRS", "SHORT", "34")


CASES = [
    ("NRCA1", "SUB160"),
    ("NIS", "SUB80"),
    ("NRS1", "SUB512"),
    ("GUIDER1", "SUB128LL"),
    ("MIRIMAGE", "SUB64"),
]


@pytest.mark.parametrize(("detector", "subarray"), CASES)
def test_reference_files_load_with_strict_validation(detector, subarray, tmp_path):
    from stdatamodels.jwst import datamodels

    from mkrefs.instruments.reference_types import REFERENCE_TYPES

    truth = DetectorTruth(detector, subarray, effects=Effects.everything())
    files = make_reference_files(truth, tmp_path, ReferenceSettings(ngroups=4))
    instrument = truth.hardware.instrument
    assert set(files) == set(reference_types_of(instrument))
    for reftype, path in files.items():
        model_class = getattr(datamodels, REFERENCE_TYPES[reftype].model_for(instrument))
        with model_class(str(path), strict_validation=True) as model:
            model.validate()
            assert model.meta.instrument.detector == detector
            assert model.meta.pedigree == "SIMULATION"
            if REFERENCE_TYPES[reftype].has_dq:
                names = {row["NAME"].strip() for row in fits.getdata(path, "DQ_DEF")}
                assert names <= set(PIXEL_DQ)


def test_reference_files_hold_the_truth(tmp_path):
    from stdatamodels.jwst import datamodels

    truth = DetectorTruth("NRCA1", "SUB160", effects=Effects.everything())
    files = make_reference_files(truth, tmp_path, ReferenceSettings(ngroups=4))
    with datamodels.ReadnoiseModel(str(files["readnoise"])) as model:
        np.testing.assert_array_equal(model.data, truth.cds_noise)
        assert model.meta.bunit_data == "DN"
    with datamodels.SuperBiasModel(str(files["superbias"])) as model:
        np.testing.assert_array_equal(model.data, truth.bias)
    with datamodels.MaskModel(str(files["mask"])) as model:
        refs = truth.reference_pixels
        assert np.unique(model.dq[refs]).tolist() == [PIXEL_DQ["REFERENCE_PIXEL"]]
        assert (model.dq[truth.defects["dead"]] & PIXEL_DQ["DEAD"]).all()
        assert not model.dq[truth.normal].any()
    with datamodels.DarkModel(str(files["dark"])) as model:
        np.testing.assert_allclose(model.data[-1], 4 * 0.27864 * truth.dark_current, rtol=1e-5)
        assert (model.meta.exposure.nframes, model.meta.exposure.groupgap) == (1, 0)
    with datamodels.IPCModel(str(files["ipc"])) as model:
        assert model.data.sum() == pytest.approx(1.0, abs=1e-6)


def test_miri_darks_have_four_dimensions(tmp_path):
    files = make_reference_files(DetectorTruth("MIRIMAGE", "SUB64"), tmp_path, types={"dark", "reset"})
    assert fits.getdata(files["dark"], "SCI").shape == (2, 10, 64, 72)
    assert fits.getdata(files["dark"], "DQ").shape == (2, 1, 64, 72)
    assert fits.getdata(files["reset"], "SCI").shape == (2, 10, 64, 72)


def test_types_an_instrument_lacks_are_refused(tmp_path):
    with pytest.raises(UserError, match="superbias"):
        make_reference_files(DetectorTruth("MIRIMAGE", "SUB64"), tmp_path, types={"superbias"})


def test_a_set_of_darks_and_flats(tmp_path):
    spec = SimulationSpec(darks=2, flats=2, ngroups=4, spacing=10.0, references=True)
    result = simulate_set(spec, tmp_path)
    darks = [fits.getheader(path) for path in result.darks]
    flats = [fits.getheader(path) for path in result.flats]
    assert [header["EXP_TYPE"] for header in darks + flats] == ["NRC_DARK"] * 2 + ["NRC_LED"] * 2
    assert darks[1]["EXPSTART"] - darks[0]["EXPSTART"] == pytest.approx(10.0)
    assert flats[0]["EXPSTART"] - darks[0]["EXPSTART"] == pytest.approx(1 / 24)
    assert len({path.name for path in (*result.darks, *result.flats)}) == 4
    level = np.median(fits.getdata(result.flats[0], "SCI")[0, -1]) - 12000
    assert level == pytest.approx(0.5 * 45000, rel=0.1)
    assert result.references["mask"].parent == tmp_path / "references"
    with fits.open(result.truth_file) as hdus:
        np.testing.assert_array_equal(hdus["CDSNOISE"].data, result.truth.cds_noise)
        kinds = {hdus["DEFECTS"].header[f"KIND{number}"] for number in range(1, 11)}
        assert {"hot", "reference"} <= kinds


def test_a_series_of_darks(tmp_path):
    result = simulate_darks(tmp_path, 2, subarray="SUB160")
    assert [path.name for path in result.darks] == [
        "jw01062001001_02101_00001_nrca1_uncal.fits",
        "jw01062002001_02101_00001_nrca1_uncal.fits",
    ]
    assert result.flats == ()
    assert result.references == {}
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".fits"] * 3


def test_effects_of_a_set_are_given_by_name(tmp_path):
    spec = SimulationSpec(darks=1, ngroups=2, effects=("bias",))
    result = simulate_set(spec, tmp_path)
    data = fits.getdata(result.darks[0], "SCI")
    np.testing.assert_array_equal(data[0, 0], data[0, 1])
    with pytest.raises(UserError, match="not known"):
        simulate_set(replace(spec, effects=("biass",)), tmp_path)


def test_an_empty_set_is_refused():
    with pytest.raises(UserError, match="ask for some"):
        SimulationSpec(darks=0, flats=0)
