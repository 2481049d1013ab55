"""Reference files in ASDF form are checked too: those of some types have no other."""

import asdf
import numpy as np
import pytest

META = {"reftype": "SIRSKERNEL", "instrument": {"name": "NIRCAM", "detector": "NRCA1"}}


@pytest.fixture
def written(tmp_path):
    """Write a file with a tree, and give its path."""

    def write(meta=META, **content):
        path = tmp_path / "some.asdf"
        history = {"entries": [{"description": "made by somebody"}]}
        asdf.AsdfFile({"meta": meta, "history": history, **content}).write_to(path)
        return path

    return write


def test_a_good_one_passes(written, gate):
    report = gate(written(nrca1={"gamma": np.ones(5, complex), "zeta": [np.ones(3)]})).report
    assert (report.findings, report.identity) == ((), "sirskernel NIRCAM NRCA1")


def test_one_without_numbers_fails(written, gate):
    found = gate(written(nrca1={"gamma": np.full(5, np.nan), "zeta": np.ones(3)}))
    assert found.errors == ["finite: none of its values is finite"]
    assert found.report.findings[0].where == "nrca1.gamma"


@pytest.mark.parametrize(
    ("meta", "said"),
    [
        ({}, "file: this is no reference file: its meta has no reftype"),
        ({**META, "instrument": "unknown"}, "selection: there is no INSTRUME"),
        ({**META, "instrument": {"name": "NIRCAM", "detector": "NIS"}}, "axes: NIRCAM has no detector NIS"),
    ],
)
def test_metadata_are_checked(meta, said, written, gate):
    assert gate(written(meta, nrca1={"gamma": np.ones(5)})).errors == [said]


def test_one_that_is_cut_off(written, gate):
    path = written(nrca1={"gamma": np.ones(500)})
    path.write_bytes(path.read_bytes()[:300])
    (error,) = gate(path).errors
    assert error.startswith("file: this cannot be read as an ASDF file: ")
