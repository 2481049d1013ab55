import os
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from mkrefs.errors import PassingError, UserError
from mkrefs.ledger.file_record import FileRecord, is_unchanged, record_file, same_stat

#: A file that is there and cannot be read: its first page is never mapped.
UNREADABLE = "/proc/self/mem"
SECOND = 1_000_000_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file that was last changed more than a tick of the clock ago."""
    path = tmp_path / "a"
    path.write_bytes(b"abc")
    time.sleep(0.02)
    return path


def test_a_record_tells_size_times_and_content(path: Path):
    os.utime(path, ns=(1, 5 * SECOND))
    time.sleep(0.02)
    record = record_file(str(path))
    assert (record.path, record.size, record.mtime_ns) == (str(path), 3, 5 * SECOND)
    assert record.ctime_ns == path.stat().st_ctime_ns
    assert record.digest == "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319"


def test_a_known_record_spares_reading_until_size_or_times_differ(path: Path):
    status = path.stat()
    known = FileRecord(str(path), 3, status.st_mtime_ns, "trusted", status.st_ctime_ns)
    assert record_file(str(path), {str(path): known}).digest == "trusted"
    for other in ({"size": 4}, {"mtime_ns": 1}, {"ctime_ns": 1}, {"ctime_ns": 0}):
        assert record_file(str(path), {str(path): replace(known, **other)}).digest != "trusted"


@pytest.mark.parametrize("moment", ["the same", "past", "future"])
def test_a_change_is_seen_whatever_time_the_file_is_given(path: Path, moment: str):
    before = record_file(str(path))
    path.write_bytes(b"xyz")  # of the same size
    if moment == "the same":
        os.utime(path, ns=(before.mtime_ns, before.mtime_ns))
        assert same_stat(before, path.stat())
    else:
        step = -3600 * SECOND if moment == "past" else 3600 * SECOND
        os.utime(path, ns=(before.mtime_ns + step, before.mtime_ns + step))
    assert not is_unchanged(before, path.stat())
    assert record_file(str(path), {str(path): before}).digest != before.digest


@pytest.mark.parametrize("size", [3, 5 << 20], ids=["small", "large"])
def test_changes_within_one_tick_of_the_clock_are_seen(tmp_path: Path, size: int):
    path, missed, told = tmp_path / "a", 0, 0
    for _ in range(8):
        path.write_bytes(b"a" * size)
        before = record_file(str(path))
        with path.open("r+b") as stream:  # at once, and in place
            stream.write(b"b")
        missed += record_file(str(path), {str(path): before}).digest == before.digest
        told += before.ctime_ns != 0
    assert missed == 0
    assert told == 0 if size == 3 else told == 8  # a large file is rather waited for than read again


def test_where_files_have_whole_seconds_only_what_is_new_is_not_trusted(
    path: Path, monkeypatch: pytest.MonkeyPatch
):
    fstat = os.fstat

    def coarse(descriptor: int, age: float):
        changed = int(time.time() - age) * SECOND
        size = fstat(descriptor).st_size
        return SimpleNamespace(st_size=size, st_mtime_ns=changed, st_ctime_ns=changed)

    for age, trusted in ((0, False), (-3600, False), (3600, True)):
        monkeypatch.setattr(os, "fstat", lambda descriptor, age=age: coarse(descriptor, age))
        assert (record_file(str(path)).ctime_ns != 0) == trusted


def test_a_file_that_changes_while_it_is_read_is_not_trusted(path: Path, monkeypatch: pytest.MonkeyPatch):
    from mkrefs.ledger import file_record

    def digest_slowly(stream):
        path.write_bytes(b"xyz")
        return "of one or the other"

    monkeypatch.setattr(file_record, "content_digest", digest_slowly)
    assert record_file(str(path)).ctime_ns == 0


def test_a_missing_file_is_named(tmp_path: Path):
    with pytest.raises(UserError, match=r"none\.fits: cannot be read: No such file") as caught:
        record_file(str(tmp_path / "none.fits"))
    assert not isinstance(caught.value, PassingError)


def test_a_disk_that_fails_is_named_and_may_work_again(tmp_path: Path):
    (tmp_path / "a.fits").symlink_to(UNREADABLE)
    with pytest.raises(
        PassingError, match=r"a\.fits: cannot be read: Input/output error; its disk or the netw"
    ):
        record_file(str(tmp_path / "a.fits"))


def test_a_fits_file_that_ends_too_soon_is_named(tmp_path: Path):
    (tmp_path / "a.fits").write_bytes(b"SIMPLE  =                    T".ljust(80))
    with pytest.raises(
        UserError, match=r"a\.fits: truncated: it ends within a header, after 80 bytes; restore"
    ):
        record_file(str(tmp_path / "a.fits"))
