"""Reference files are written whole and valid, and read back as they were."""

import numpy as np
import pytest
from astropy.io import fits

from mkrefs.api import ExposureMetadata, ReferenceData, ReferenceParameters
from mkrefs.errors import UserError
from mkrefs.reference_files.fits_file import read_reference_file, write_reference_file
from mkrefs.reference_files.header import ReferenceHeader

METADATA = ExposureMetadata(
    instrument="NIRCAM",
    detector="NRCA1",
    exp_type="NRC_DARK",
    readpatt="RAPID",
    subarray="SUB64P",
    xstart=1,
    ystart=1,
    xsize=8,
    ysize=6,
    fastaxis=-1,
    slowaxis=2,
    nints=1,
    ngroups=10,
    nframes=1,
    groupgap=0,
    frame_time=0.3,
    group_time=0.3,
    noutputs=1,
    channel="SHORT",
    module="A",
)


def header(reftype, **parameters):
    return ReferenceHeader(
        reftype, METADATA, ReferenceParameters(**parameters), ("first line", "second line")
    )


def noise_map():
    return np.linspace(5, 9, 48, dtype=np.float32).reshape(6, 8)


def test_read_noise_file_holds_what_it_must(tmp_path):
    path = tmp_path / "sub" / "rn.fits"
    data = ReferenceData(
        arrays={"data": noise_map()},
        metadata={"bunit_data": "DN"},
        extensions={"ERR": noise_map() / 10, "NSAMPLES": noise_map() * 2},
    )
    write_reference_file(path, data, header("readnoise", author="me", useafter="2022-01-02 03:04:05"))
    with fits.open(path) as hdus:
        primary, science = hdus[0].header, hdus["SCI"]
        np.testing.assert_array_equal(science.data, noise_map())
        assert science.header["BUNIT"] == "DN"
        assert hdus["ERR"].header["BUNIT"] == "DN"
        assert primary["FILENAME"] == "rn.fits"
        assert primary["USEAFTER"] == "2022-01-02T03:04:05"
        assert (primary["READPATT"], primary["SUBARRAY"], primary["DETECTOR"]) == ("RAPID", "SUB64P", "NRCA1")
        assert (primary["FASTAXIS"], primary["SLOWAXIS"]) == (-1, 2)
        assert list(primary["HISTORY"]) == ["first line", "second line"]
    back = read_reference_file(path, "readnoise")
    np.testing.assert_array_equal(back.arrays["data"], noise_map())
    np.testing.assert_array_equal(back.extensions["NSAMPLES"], noise_map() * 2)
    assert back.metadata == {"bunit_data": "DN"}


@pytest.mark.parametrize("readpatt", ["RAPID|BRIGHT1", "RAPID | BRIGHT1 |"])
def test_a_file_for_several_read_patterns_says_so_as_crds_reads_it(tmp_path, readpatt):
    path = tmp_path / "rn.fits"
    data = ReferenceData(arrays={"data": noise_map()}, metadata={"bunit_data": "DN"})
    write_reference_file(path, data, header("readnoise", readpatt=readpatt))
    primary = fits.getheader(path)
    assert (primary["READPATT"], primary["P_READPA"]) == ("RAPID", "RAPID|BRIGHT1|")


def test_flags_become_dq_and_come_back_by_name(tmp_path):
    hot = np.zeros((6, 8), bool)
    hot[2, 3] = True
    bad = hot.copy()
    bad[0, 0] = True
    data = ReferenceData(arrays={}, flags={"DO_NOT_USE": bad, "HOT": hot})
    write_reference_file(tmp_path / "mask.fits", data, header("mask"))
    with fits.open(tmp_path / "mask.fits") as hdus:
        assert hdus["DQ"].data[2, 3] == 3
        assert hdus["DQ"].data[0, 0] == 1
        assert list(hdus["DQ_DEF"].data["NAME"]) == ["DO_NOT_USE", "HOT"]
    back = read_reference_file(tmp_path / "mask.fits", "mask")
    np.testing.assert_array_equal(back.flags["HOT"], hot)
    np.testing.assert_array_equal(back.flags["DO_NOT_USE"], bad)


def test_parameters_override_what_the_exposure_says(tmp_path):
    data = ReferenceData(arrays={"data": noise_map()})
    write_reference_file(tmp_path / "rn.fits", data, header("readnoise", readpatt="ANY", subarray="GENERIC"))
    assert fits.getval(tmp_path / "rn.fits", "READPATT") == "ANY"
    assert fits.getval(tmp_path / "rn.fits", "SUBARRAY") == "GENERIC"


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (ReferenceData(arrays={"data": np.ones((2, 3, 4), np.float32)}), "does not fit the schema"),
        (ReferenceData(arrays={}, flags={"NOT_A_FLAG": np.ones((6, 8), bool)}), "no DQ"),
        (ReferenceData(arrays={"dat": noise_map()}), "it has no array 'dat'; allowed are data"),
        (
            ReferenceData(arrays={"data": noise_map()}, metadata={"no.such.path": 1}),
            r"it has no metadata 'meta\.no\.such\.path'",
        ),
    ],
)
def test_what_does_not_fit_is_refused_and_leaves_nothing(tmp_path, data, words):
    with pytest.raises(UserError, match=words):
        write_reference_file(tmp_path / "rn.fits", data, header("readnoise"))
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_mnemonic_is_refused(tmp_path):
    data = ReferenceData(arrays={}, flags={"NOT_A_FLAG": np.ones((6, 8), bool)})
    with pytest.raises(UserError, match="'NOT_A_FLAG' is no DQ mnemonic"):
        write_reference_file(tmp_path / "mask.fits", data, header("mask"))
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_file_is_refused_by_name(tmp_path):
    (tmp_path / "rn.fits").write_bytes(b"no FITS here")
    with pytest.raises(UserError, match=r"rn\.fits cannot be read"):
        read_reference_file(tmp_path / "rn.fits", "readnoise")


def test_a_file_of_a_type_with_dq_in_which_nothing_is_flagged_reads_back(tmp_path):
    path = tmp_path / "superbias.fits"
    write_reference_file(path, ReferenceData(arrays={"data": noise_map()}), header("superbias"))
    back = read_reference_file(path, "superbias")
    np.testing.assert_array_equal(back.arrays["data"], noise_map())
    assert back.flags == {}


def test_a_dark_keeps_its_own_number_of_groups(tmp_path):
    path = tmp_path / "dark.fits"
    ramp = np.zeros((25, 6, 8), np.float32)
    flags = {"DO_NOT_USE": np.zeros((6, 8), bool)}
    said = {"exposure.ngroups": 25, "exposure.type": "N/A"}
    write_reference_file(path, ReferenceData({"data": ramp}, flags, said), header("dark"))
    assert fits.getval(path, "NGROUPS") == 25
    assert read_reference_file(path, "dark").metadata == said
