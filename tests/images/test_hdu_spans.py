"""The parts of a FITS file are found as astropy finds them."""

import numpy as np
import pytest
from astropy.io import fits

from mkrefs.images.hdu_spans import hdu_spans


def test_parts_are_those_that_astropy_finds(model_file):
    path = model_file()
    table = fits.BinTableHDU.from_columns([fits.Column("x", "PJ()", array=[np.arange(3), np.arange(900)])])
    fits.append(path, np.zeros((0, 0)), fits.Header({"EXTNAME": "lower", "COMMENT": "NAXIS1 = 3 / no card"}))
    with fits.open(path, mode="append") as hdus:
        hdus.append(table)
    spans = hdu_spans(path)
    with fits.open(path) as hdus:
        found = [hdu.fileinfo() for hdu in hdus]
        assert [(span.start, span.data) for span in spans] == [(i["hdrLoc"], i["datLoc"]) for i in found]
        assert [span.stop for span in spans] == [info["datLoc"] + info["datSpan"] for info in found]
        assert [span.name for span in spans] == ["", *(hdu.name for hdu in hdus[1:])]
        assert fits.Header.fromstring(spans[1].header) == hdus[1].header


@pytest.mark.parametrize("cut", [1, 2880, 100_000])
def test_a_file_cut_short_has_none(model_file, cut):
    path = model_file()
    path.write_bytes(path.read_bytes()[:-cut])
    assert hdu_spans(path) is None


def test_what_is_no_fits_has_none(tmp_path):
    (tmp_path / "x.fits").write_text("hello")
    assert hdu_spans(tmp_path / "x.fits") is None
