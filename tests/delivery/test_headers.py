"""A copy of a file differs in FILENAME alone, whatever else its header holds."""

import gzip

import numpy as np
import pytest
from astropy.io import fits

from mkrefs.delivery.headers import copy_under_name, read_header
from mkrefs.errors import UserError


def differing_cards(before, after):
    old, new = before.read_bytes(), after.read_bytes()
    assert len(old) == len(new)
    places = {place // 80 * 80 for place in range(len(old)) if old[place] != new[place]}
    return {new[place : place + 8].decode().strip() for place in places}


def write(path, **cards):
    scaled = fits.ImageHDU(np.arange(16, dtype=np.uint16).reshape(4, 4), name="DQ")
    hdus = fits.HDUList([fits.PrimaryHDU(), fits.ImageHDU(np.full((4, 4), np.nan), name="SCI"), scaled])
    hdus[0].header.update(cards)
    hdus.writeto(path)
    return path


def test_only_filename_changes(tmp_path):
    before = write(tmp_path / "a.b.fits", FILENAME="a.b.fits", AUTHOR="Ann")
    after = tmp_path / "new.fits"
    copy_under_name(before, after)
    assert differing_cards(before, after) == {"FILENAME"}
    assert read_header(after).text("FILENAME") == "new.fits"


def test_a_file_without_the_keyword_does_not_get_it(tmp_path):
    before = write(tmp_path / "a.b.fits", AUTHOR="Ann")
    copy_under_name(before, tmp_path / "new.fits")
    assert (tmp_path / "new.fits").read_bytes() == before.read_bytes()


def test_what_is_wrong_in_a_header_stays(tmp_path):
    before = write(tmp_path / "a.b.fits", FILENAME="a.b.fits", AUTHOR="Ann")
    content = before.read_bytes().replace(b"AUTHOR  = 'Ann     '", b"author  = 'Ann     '")
    before.write_bytes(content)
    copy_under_name(before, tmp_path / "new.fits")
    assert differing_cards(before, tmp_path / "new.fits") == {"FILENAME"}


def test_a_checksum_is_that_of_the_copy(tmp_path):
    before = write(tmp_path / "a.b.fits", FILENAME="a.b.fits")
    with fits.open(before, mode="update") as hdus:
        for hdu in hdus:
            hdu.add_checksum()
    copy_under_name(before, tmp_path / "new.fits")
    with fits.open(tmp_path / "new.fits", checksum=True) as hdus:
        assert all(hdu.verify_checksum() == 1 for hdu in hdus)


def test_files_that_are_no_fits_are_refused(tmp_path):
    path = tmp_path / "a.fits"
    path.write_text("no")
    with pytest.raises(UserError, match="cannot be read as FITS"):
        read_header(path)
    with pytest.raises(UserError, match="cannot be copied"):
        copy_under_name(path, tmp_path / "b.fits")


def test_a_long_name_that_goes_on_in_further_cards_is_replaced_as_a_whole(tmp_path):
    name = "a" * 90 + ".fits"
    before = write(tmp_path / "a.b.fits", FILENAME=name, AUTHOR="Ann")
    assert read_header(before).text("FILENAME") == name
    copy_under_name(before, tmp_path / "new.fits")
    found = read_header(tmp_path / "new.fits")
    assert (found.text("FILENAME"), found.text("AUTHOR")) == ("new.fits", "Ann")
    assert differing_cards(before, tmp_path / "new.fits") == {"FILENAME", ""}


def test_compressed_files_are_refused(tmp_path):
    before = write(tmp_path / "a.b.fits", FILENAME="a.b.fits")
    packed = tmp_path / "a.b.fits.gz"
    packed.write_bytes(gzip.compress(before.read_bytes()))
    with pytest.raises(UserError, match="it is compressed"):
        copy_under_name(packed, tmp_path / "new.fits")


def test_a_header_that_cannot_be_read_is_told_in_a_sentence(tmp_path):
    path = write(tmp_path / "a.b.fits", AUTHOR="Ann")
    path.write_bytes(path.read_bytes().replace(b"AUTHOR  = 'Ann     '", b"AUTHOR  = 'Ann      "))
    with pytest.raises(UserError, match="cannot be read as FITS: Unparsable card"):
        read_header(path)
