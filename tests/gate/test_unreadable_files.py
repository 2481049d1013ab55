"""Whatever is given as a reference file, it is refused by name, in a sentence."""

import gzip

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


def only_finding(gate, path):
    report = gate(path).report
    (finding,) = report.findings
    assert (finding.severity, finding.check, report.passed) == ("error", "file", False)
    assert str(path) not in finding.what
    return finding.what


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "it is empty"),
        (b"plain text", "cannot be read as a FITS file"),
        (b"\x89PNG\r\n\x1a\n" + bytes(5000), "cannot be read as a FITS file"),
        (b"SIMPLE  =                    T" + b" " * 50, "cannot be read as a FITS file"),
    ],
)
def test_what_is_not_fits(content, said, gate, tmp_path):
    path = tmp_path / "some.fits"
    path.write_bytes(content)
    assert said in only_finding(gate, path)


def test_what_does_not_exist_or_is_a_folder(gate, tmp_path):
    assert only_finding(gate, tmp_path / "nosuch.fits") == "there is no such file"
    assert only_finding(gate, tmp_path) == "this is no file"


def test_an_exposure_is_no_reference_file(gate, tmp_path):
    path = tmp_path / "jw1_uncal.fits"
    fits.HDUList([fits.PrimaryHDU(), fits.ImageHDU(np.zeros((2, 3, 4, 4)), name="SCI")]).writeto(path)
    assert only_finding(gate, path) == "this is no reference file: its header has no REFTYPE"


@pytest.mark.parametrize("reftype", ["readnoise", "mask", "trappars"])
@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.999])
def test_a_file_that_is_cut_off(reftype, share, good, gate, tmp_path):
    content = good[reftype].read_bytes()
    path = tmp_path / "cut.fits"
    path.write_bytes(content[: int(share * len(content))])
    assert only_finding(gate, path)


def test_a_compressed_file_that_is_cut_off(good, gate, tmp_path):
    content = gzip.compress(good["readnoise"].read_bytes())
    path = tmp_path / "cut.fits.gz"
    path.write_bytes(content[: len(content) // 2])
    assert only_finding(gate, path)


def test_a_keyword_that_cannot_be_read(good, gate, tmp_path):
    content = good["mask"].read_bytes()
    place = content.index(b"EXTNAME =")
    path = tmp_path / "damaged.fits"
    path.write_bytes(content[: place + 10] + bytes(20) + content[place + 30 :])
    assert "its header is not in FITS form" in only_finding(gate, path)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_damaged_nothing_is_raised(data, good, gate, tmp_path):
    content = bytearray(good[data.draw(st.sampled_from(["gain", "mask", "linearity", "ipc"]))].read_bytes())
    for _ in range(data.draw(st.integers(1, 20))):
        place = data.draw(st.integers(0, min(len(content), 30000) - 1))
        content[place] = data.draw(st.integers(0, 255))
    path = tmp_path / "damaged.fits"
    path.write_bytes(content)
    assert isinstance(gate(path).report.passed, bool)


@pytest.mark.parametrize("keyword", ["INSTRUME", "DETECTOR", "SUBARRAY", "SUBSTRT1", "FASTAXIS", "READPATT"])
@pytest.mark.parametrize("value", [None, "", 7, -1.5, True, "NO SUCH THING"])
def test_whatever_a_header_says_no_check_breaks_down(keyword, value, faulty, gate):
    def edit(hdus):
        if value is None:
            del hdus[0].header[keyword]
        else:
            hdus[0].header[keyword] = value

    found = gate(faulty("readnoise", edit))
    assert not [each for each in (*found.errors, *found.warnings) if "broke down" in each]


@pytest.mark.parametrize("shape", [(), (5,), (0, 4), (64, 63), (2, 64, 64), (1, 1, 1, 64, 64)])
@pytest.mark.parametrize("reftype", ["gain", "mask", "linearity", "ipc", "dark"])
def test_whatever_the_shape_no_check_breaks_down(shape, reftype, faulty, gate):
    name = {"mask": "DQ", "linearity": "COEFFS"}.get(reftype, "SCI")

    def edit(hdus):
        kind = hdus[name].data.dtype
        hdus[name] = fits.ImageHDU(np.ones(shape, kind) if shape else None, hdus[name].header, name=name)

    found = gate(faulty(reftype, edit))
    assert not [each for each in (*found.errors, *found.warnings) if "broke down" in each]
    assert found.errors or (shape, reftype) in {((2, 64, 64), "dark"), ((2, 64, 64), "linearity")}


def test_a_table_without_the_columns_of_dq_def(faulty, gate):
    def edit(hdus):
        columns = [fits.Column("NAME", "10A", array=["HOT"])]
        hdus["DQ_DEF"] = fits.BinTableHDU.from_columns(columns, name="DQ_DEF")

    assert "dq_definition: it has no column BIT, VALUE" in gate(faulty("mask", edit)).errors
