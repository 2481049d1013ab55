import hashlib
import io

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import given
from hypothesis import strategies as st

from mkrefs.ledger.content_digest import content_digest

TREE = "meta:\n  date: '{date}'\n  observation: {{date: '{observed}'}}\n_fits_hash: {hash}\n"


def product(date="2024-03-01T12:00:00.000", observed="2024-01-01", fits_hash="0" * 64, value=1.0, tail=b""):
    science = fits.ImageHDU(np.full((40, 50), value, np.float32), name="SCI")
    tree = np.frombuffer(TREE.format(date=date, observed=observed, hash=fits_hash).encode(), np.uint8)
    column = fits.Column("ASDF_METADATA", f"{len(tree)}B", array=tree[None])
    hdus = fits.HDUList([fits.PrimaryHDU(), science, fits.BinTableHDU.from_columns([column], name="ASDF")])
    hdus[0].header["DATE"] = date
    hdus[0].header["DATE-OBS"] = observed
    stream = io.BytesIO()
    hdus.writeto(stream)
    return content_digest(io.BytesIO(stream.getvalue() + tail))


def test_the_moment_of_writing_does_not_count():
    assert product(date="2024-03-02T13:30:59.123", fits_hash="a" * 64) == product()


@pytest.mark.parametrize("change", [{"observed": "2024-01-02"}, {"value": 1.5}, {"tail": b"x"}])
def test_everything_else_counts(change):
    assert product(**change) != product()


@given(st.binary(max_size=200))
def test_of_other_files_every_byte_counts(content):
    assert content_digest(io.BytesIO(content)) == hashlib.blake2b(content, digest_size=32).hexdigest()


@given(st.integers(1, 9000))
def test_a_truncated_file_is_another_file(length):
    stream = io.BytesIO()
    fits.HDUList([fits.PrimaryHDU(np.arange(1500, dtype=np.int16)[::-1])]).writeto(stream)
    whole = stream.getvalue()
    cut = whole[: min(length, len(whole) - 1)]
    assert content_digest(io.BytesIO(cut)) != content_digest(io.BytesIO(whole))
