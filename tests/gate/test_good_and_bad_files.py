"""What crds certify lets through does not pass, each fault by name; good files of all instruments do."""

import re
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from mkrefs.contract.checks import MadeFrom
from mkrefs.gate.gate import check_file
from mkrefs.testing import DetectorTruth, ReferenceSettings, make_reference_files

SUBARRAYS = {
    "NRCALONG": "SUB160",
    "NIS": "SUB64",
    "NRS1": "SUB512S",
    "GUIDER2": "SUB128LL",
    "MIRIMAGE": "SUB64",
}


def fill(value, name="SCI"):
    def edit(hdus):
        hdus[name].data[:] = value

    return edit


def negative(hdus):
    hdus["SCI"].data *= -1


def keyword(name, value, extension=0):
    def edit(hdus):
        hdus[extension].header[name] = value

    return edit


def hot_alone(hdus):
    """Leave HOT pixels, and none that is DO_NOT_USE."""
    hdus["DQ"].data[:] = bit(hdus, "REFERENCE_PIXEL") * ((hdus["DQ"].data & bit(hdus, "REFERENCE_PIXEL")) > 0)
    hdus["DQ"].data[10, 10:20] = bit(hdus, "HOT")


def unknown_mnemonic(hdus):
    hdus["DQ_DEF"].data["NAME"][3] = "WEIRD_PIXEL"


def undeclared_bit(hdus):
    hdus["DQ"].data[7, 9] |= 1 << 20


def bit(hdus, name):
    rows = hdus["DQ_DEF"].data
    return np.uint32(next(row["VALUE"] for row in rows if row["NAME"].strip() == name))


def all_excluded(hdus):
    hdus["DQ"].data |= bit(hdus, "DO_NOT_USE")


#: What crds certify finds no error in: the type, the change, and the sentence that names the fault.
FAULTS = {
    "readnoise all NaN": ("readnoise", fill(np.nan), r"finite: none of the 4096 usable values is finite"),
    "readnoise tiny": ("readnoise", fill(1e-6), r"range: the median of the usable values is 1e-06"),
    "readnoise negative": ("readnoise", negative, r"sign: 100 % of the usable values are negative"),
    "readnoise in electrons": (
        "readnoise",
        keyword("BUNIT", "electron", "SCI"),
        r"unit: the unit is 'electron'",
    ),
    "FASTAXIS of another detector": ("readnoise", keyword("FASTAXIS", -1), r"axes: FASTAXIS is -1, .* NRCB1"),
    "SLOWAXIS of another detector": ("readnoise", keyword("SLOWAXIS", 2), r"axes: SLOWAXIS is 2, .* NRCB1"),
    "gain zero": ("gain", fill(0), r"sign: 100 % of the usable values are zero"),
    "gain 20": ("gain", fill(20), r"range: the median of the usable values is 20"),
    "HOT but not excluded": (
        "mask",
        hot_alone,
        r"dq_policy: none of the 10 pixels flagged HOT is DO_NOT_USE",
    ),
    "unknown mnemonic": ("mask", unknown_mnemonic, r"dq_definition: bit 3 is called 'WEIRD_PIXEL'"),
    "undeclared bit": (
        "mask",
        undeclared_bit,
        r"dq_definition: bits \(20\) that DQ_DEF does not declare are set in 1 pixel",
    ),
    "all DO_NOT_USE": (
        "mask",
        all_excluded,
        r"flagged: 100 % of the sensitive pixels are excluded by DO_NOT_USE",
    ),
    "coefficients zero": (
        "linearity",
        fill(0, "COEFFS"),
        r"coefficients: 100 % .* coefficients that are all zero",
    ),
}


#: What one finding cannot tell: the mask has HOT pixels in use besides, the values are tiny and all the same.
TWOFOLD = ("unknown mnemonic", "undeclared bit", "all DO_NOT_USE", "readnoise tiny")


@pytest.mark.parametrize("fault", FAULTS)
def test_what_certify_lets_through_fails_with_a_sentence(fault, faulty, gate):
    reftype, edit, sentence = FAULTS[fault]
    found = gate(faulty(reftype, edit))
    assert not found.report.passed
    assert re.match(sentence, found.errors[0]), found.errors
    assert len(found.errors) + len(found.warnings) == 1 or fault in TWOFOLD


def test_a_read_pattern_that_is_not_the_exposures_fails(faulty, gate):
    path = faulty("readnoise", keyword("READPATT", "SHALLOW4"))
    found = gate(path, made_from=MadeFrom({"READPATT": ("RAPID",)}, "the plan"))
    assert found.errors == [
        "read_pattern: READPATT is SHALLOW4, the exposures were read with RAPID, as the plan says"
    ]


def test_a_good_file_of_each_type_passes(good, gate):
    assert len(good) == 12
    assert {reftype: gate(path).errors for reftype, path in good.items()} == {reftype: [] for reftype in good}
    assert [reftype for reftype, path in good.items() if gate(path).warnings] == ["mask"]


@pytest.mark.parametrize("detector", SUBARRAYS)
def test_good_files_of_all_instruments_pass(detector, gate, tmp_path):
    made = make_reference_files(DetectorTruth(detector, SUBARRAYS[detector]), tmp_path)
    found = {reftype: gate(path) for reftype, path in made.items()}
    assert {reftype: each.errors for reftype, each in found.items()} == {reftype: [] for reftype in made}
    assert [reftype for reftype, each in found.items() if each.warnings] == ["mask"]
    assert all("range" in each.report.checks for each in found.values())


def test_frames_of_irs2_pass(gate, tmp_path):
    settings = ReferenceSettings(readpatt="NRSIRS2RAPID")
    made = make_reference_files(DetectorTruth("NRS1", "FULL"), tmp_path, settings, types=("mask", "refpix"))
    assert {reftype: gate(path).errors for reftype, path in made.items()} == {"mask": [], "refpix": []}


def test_the_checks_of_each_type_are_made(good, rules):
    made = {reftype: check_file(path, rules).checks for reftype, path in good.items()}
    everywhere = set.intersection(*map(set, made.values()))
    extra = {reftype: sorted(set(names) - everywhere) for reftype, names in made.items()}
    assert {reftype: names for reftype, names in extra.items() if names} == {
        "dark": ["groups", "uniform"],
        "flat": ["uniform"],
        "ipc": ["kernel"],
        "linearity": ["coefficients"],
        "mask": ["dq_policy", "reference_pixels"],
        "readnoise": ["uniform"],
        "superbias": ["uniform"],
    }


def test_files_of_another_simulator_pass(gate, tmp_path):
    """Bare models, without what only mkrefs writes: units that may be left out, HOT pixels in use."""
    from stdatamodels.jwst import datamodels

    dq = np.zeros((160, 160), np.uint32)
    dq[156:], dq[:, 156:] = 32, 32
    dq[3, 4], dq[5, 6:9], dq[100, 7] = 3, 4, 9
    names = ("DO_NOT_USE", "DEAD", "HOT", "RC", "NON_SCIENCE", "REFERENCE_PIXEL")
    rows = [(place, 1 << place, name, "") for place, name in enumerate(names)]
    columns = [("BIT", "u4"), ("VALUE", "u4"), ("NAME", "S40"), ("DESCRIPTION", "S80")]
    models = {
        "mask": datamodels.MaskModel(dq=dq, dq_def=np.array(rows, dtype=columns)),
        "superbias": datamodels.SuperBiasModel(data=np.full((160, 160), 12000, np.float32)),
        "dark": datamodels.DarkModel(data=np.zeros((12, 160, 160), np.float32)),
    }
    for reftype, model in models.items():
        path = tmp_path / f"{reftype}.fits"
        _describe(model, reftype)
        model.save(path)
        assert gate(path).errors == []


def _describe(model, reftype):
    values = {
        "reftype": reftype.upper(),
        "instrument.name": "NIRCAM",
        "instrument.detector": "NRCA1",
        "subarray.name": "SUB160",
        "subarray.xstart": 1889,
        "subarray.ystart": 1889,
        "subarray.xsize": 160,
        "subarray.ysize": 160,
        "subarray.fastaxis": -1,
        "subarray.slowaxis": 2,
    }
    for name, value in values.items():
        model[f"meta.{name}"] = value
    if reftype == "superbias":
        model.meta.exposure.readpatt = "ANY"


def test_the_files_are_left_as_they_are(good, gate):
    before = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in good.values()}
    for path in before:
        gate(path)
    assert {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in before} == before
    assert sorted(Path(good["gain"]).parent.iterdir()) == sorted(before)


def test_compressed_files_are_checked_too(good, gate, tmp_path):
    path = tmp_path / "gain.fits.gz"
    with fits.open(good["gain"]) as hdus:
        hdus["SCI"].data[:] = 20
        hdus.writeto(path)
    assert gate(path).errors[-1] == "range: the median of the usable values is 20"
