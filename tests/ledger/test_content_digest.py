import gzip
import hashlib
import io

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import given
from hypothesis import strategies as st

from mkrefs.ledger.content_digest import TruncatedError, check_whole, content_digest


def _written(*hdus):
    stream = io.BytesIO()
    fits.HDUList(list(hdus)).writeto(stream)
    return stream.getvalue()


#: A header of one block, and 3000 bytes of data.
WHOLE = _written(fits.PrimaryHDU(np.arange(1500, dtype=np.int16)[::-1]))
TREE = "meta:\n  date: '{date}'\n  observation: {{date: '{observed}'}}\n_fits_hash: {hash}\n"


def product(date="2024-03-01T12:00:00.000", observed="2024-01-01", fits_hash="0" * 64, value=1.0, tail=b""):
    science = fits.ImageHDU(np.full((40, 50), value, np.float32), name="SCI")
    tree = np.frombuffer(TREE.format(date=date, observed=observed, hash=fits_hash).encode(), np.uint8)
    column = fits.Column("ASDF_METADATA", f"{len(tree)}B", array=tree[None])
    hdus = fits.HDUList([fits.PrimaryHDU(), science, fits.BinTableHDU.from_columns([column], name="ASDF")])
    hdus[0].header["DATE"] = date
    hdus[0].header["DATE-OBS"] = observed
    return content_digest(io.BytesIO(_written(*hdus) + tail))


def test_the_moment_of_writing_does_not_count():
    assert product(date="2024-03-02T13:30:59.123", fits_hash="a" * 64) == product()


@pytest.mark.parametrize("change", [{"observed": "2024-01-02"}, {"value": 1.5}, {"tail": b"x"}])
def test_everything_else_counts(change):
    assert product(**change) != product()


@given(st.binary(max_size=200))
def test_of_other_files_every_byte_counts(content):
    content = b"." + content
    assert content_digest(io.BytesIO(content)) == hashlib.blake2b(content, digest_size=32).hexdigest()


@given(st.integers(9, 2880 + 2999))
def test_a_fits_file_that_ends_too_soon_has_no_digest(length):
    with pytest.raises(TruncatedError, match=r"ends within a header|announce 5880 bytes"):
        content_digest(io.BytesIO(WHOLE[:length]))
    with pytest.raises(TruncatedError, match=r"ends within a header|announce 5880 bytes"):
        check_whole(io.BytesIO(WHOLE[:length]))


@pytest.mark.parametrize("length", [2, 11, 100, -9, -1])
def test_a_compressed_file_that_ends_too_soon_has_no_digest(length):
    packed = gzip.compress(WHOLE)
    assert content_digest(io.BytesIO(packed)) == hashlib.blake2b(packed, digest_size=32).hexdigest()
    with pytest.raises(TruncatedError, match="it cannot be unpacked to its end"):
        content_digest(io.BytesIO(packed[:length]))


@pytest.mark.parametrize("length", [2880 + 3000, 2880 + 3001, 3 * 2880])
def test_the_last_block_need_not_be_full(length):
    assert content_digest(io.BytesIO(WHOLE[:length]))
    check_whole(io.BytesIO(WHOLE[:length]))
