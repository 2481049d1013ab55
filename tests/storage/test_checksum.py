"""Checksums are those that other programs give."""

from mkrefs.storage.checksum import sha256_of


def test_a_known_checksum(tmp_path):
    path = tmp_path / "a b.fits"
    path.write_bytes(b"abc")  # an example of FIPS 180-4
    assert sha256_of(path) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
