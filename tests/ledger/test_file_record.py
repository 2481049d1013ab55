import os
from pathlib import Path

import pytest

from mkrefs.errors import UserError
from mkrefs.ledger.file_record import FileRecord, record_file


def test_a_record_tells_size_time_and_content(tmp_path: Path):
    path = tmp_path / "a"
    path.write_bytes(b"abc")
    os.utime(path, ns=(1, 5_000_000_000))
    record = record_file(str(path))
    assert (record.path, record.size, record.mtime_ns) == (str(path), 3, 5_000_000_000)
    assert record.digest == "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319"


def test_a_known_record_spares_reading_until_size_or_time_differ(tmp_path: Path):
    path = tmp_path / "a"
    path.write_bytes(b"abc")
    status = path.stat()
    known = {str(path): FileRecord(str(path), 3, status.st_mtime_ns, "trusted")}
    assert record_file(str(path), known).digest == "trusted"
    os.utime(path, ns=(1, status.st_mtime_ns + 1))
    assert record_file(str(path), known).digest != "trusted"


def test_a_missing_file_is_named(tmp_path: Path):
    with pytest.raises(UserError, match=r"none\.fits: cannot be read: No such file"):
        record_file(str(tmp_path / "none.fits"))
