import errno
import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mkrefs.errors import UserError
from mkrefs.storage import leftovers, syncing
from mkrefs.storage.atomic import atomic_folder, atomic_write, write_text_atomic
from mkrefs.storage.leftovers import remove_leftovers


def test_the_temporary_has_the_name_of_the_file_and_lies_in_a_hidden_folder_beside_it(tmp_path: Path):
    target = tmp_path / "deep" / "map.readnoise.fits"
    with atomic_write(target) as temporary:
        assert temporary.name == target.name
        assert temporary.parent.parent == target.parent
        assert temporary.parent.name.startswith(".mkrefs-")
        assert not temporary.exists()
        temporary.write_bytes(b"whole")
        assert not target.exists()
    assert target.read_bytes() == b"whole"
    assert list(target.parent.iterdir()) == [target]


def test_an_exception_leaves_the_old_file_and_no_temporary(tmp_path: Path):
    target = tmp_path / "a.txt"
    write_text_atomic(target, "old")
    with pytest.raises(ZeroDivisionError), atomic_write(target) as temporary:
        temporary.write_text("half")
        _ = 1 / 0
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_block_that_writes_nothing_is_an_error_and_makes_nothing(tmp_path: Path):
    with pytest.raises(FileNotFoundError), atomic_write(tmp_path / "a.txt"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_text_is_utf8(tmp_path: Path):
    write_text_atomic(tmp_path / "a.txt", "µ\n")
    assert (tmp_path / "a.txt").read_bytes() == b"\xc2\xb5\n"


def test_a_folder_may_be_given_relative_to_the_current_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    write_text_atomic(Path("a.txt"), "whole")
    assert (tmp_path / "a.txt").read_text() == "whole"
    assert remove_leftovers(Path()) == ()


def test_a_very_long_name_can_be_written(tmp_path: Path):
    target = tmp_path / ("x" * 240 + ".fits")
    write_text_atomic(target, "whole")
    assert target.read_text() == "whole"


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES])
def test_what_a_user_can_mend_is_told_in_a_sentence(tmp_path: Path, code: int):
    target = tmp_path / "a.fits"
    with pytest.raises(UserError, match=r"a\.fits: cannot be written: ") as caught, atomic_write(target):
        raise OSError(code, os.strerror(code))
    assert isinstance(caught.value.__cause__, OSError)


def test_a_full_disk_is_seen_behind_the_error_a_writer_makes_of_it(tmp_path: Path):
    full = OSError(errno.ENOSPC, "No space left on device")
    with pytest.raises(UserError, match="the disk is full"), atomic_write(tmp_path / "a.fits"):
        raise OSError("Not enough space on disk: requested 9, available 3") from full


def test_a_full_disk_is_seen_where_numpy_gives_no_number(tmp_path: Path):
    with pytest.raises(UserError, match="the disk is full"), atomic_write(tmp_path / "a.fits"):
        raise OSError("16384 requested and 5696 written")


def test_another_disk_that_is_full_is_the_one_that_is_named(tmp_path: Path):
    with pytest.raises(UserError, match=r"^/tmp/x: cannot be written: the disk is full") as caught:  # noqa: SIM117
        with atomic_write(tmp_path / "a.fits"):
            raise OSError(errno.ENOSPC, "No space left on device", "/tmp/x")  # noqa: S108 - written by nobody
    assert "a.fits" not in str(caught.value)


def test_other_errors_stay_as_they_are(tmp_path: Path):
    with pytest.raises(OSError, match="Input/output"), atomic_write(tmp_path / "a.fits"):
        raise OSError(errno.EIO, "Input/output error")
    with pytest.raises(PermissionError), atomic_write(tmp_path / "a.fits"):
        raise PermissionError(errno.EACCES, "Permission denied", "/some/input.fits")


@pytest.mark.parametrize("below", ["a.txt", "folder/a.txt"])
def test_a_file_in_the_place_of_a_folder_is_told(tmp_path: Path, below: str):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="a file is where a directory is needed"):
        write_text_atomic(tmp_path / "file" / below, "")


def test_only_temporaries_of_dead_writers_are_removed(tmp_path: Path):
    killed = subprocess.run(
        [
            sys.executable,
            "-c",
            "import os, sys\nfrom pathlib import Path\nfrom mkrefs.storage.atomic import atomic_write\n"
            "with atomic_write(Path(sys.argv[1])) as t:\n    t.write_text('half'); os.kill(os.getpid(), 9)",
            str(tmp_path / "map.fits"),
        ],
        check=False,
    )
    (leftover,) = tmp_path.iterdir()
    foreign = [tmp_path / ".hidden.fits", tmp_path / "map.txt", tmp_path / ".mkrefs-00000000-1-00000000.tmp"]
    for path in foreign:
        path.write_text("not ours")
    with atomic_write(tmp_path / "other.fits") as alive:
        alive.write_text("being written")
        assert killed.returncode == -9
        assert remove_leftovers(tmp_path) == (leftover,)
        assert sorted(tmp_path.iterdir()) == sorted([*foreign, alive.parent])


def test_temporaries_of_other_machines_are_given_up_when_nothing_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(leftovers, "_GIVEN_UP_AFTER", 300_000_000)
    folders = [tmp_path / f".mkrefs-00000000-1-0000000{number}.tmp" for number in range(2)]
    for folder in folders:
        folder.mkdir()
        (folder / "map.fits").write_text("half")
        os.utime(folder / "map.fits", (1, 1))  # times that anybody can set do not count
    assert remove_leftovers(tmp_path) == ()
    time.sleep(0.4)
    (folders[0] / "map.fits").write_text("more than half")
    assert remove_leftovers(tmp_path) == (folders[1],)
    assert list(tmp_path.iterdir()) == [folders[0]]


def test_new_folders_are_synchronised_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    synced: list[Path] = []
    monkeypatch.setattr(syncing, "sync", synced.append)
    syncing.make_folder(tmp_path / "a" / "b" / "c")
    assert sorted(synced) == [tmp_path, tmp_path / "a", tmp_path / "a" / "b"]
    syncing.make_folder(tmp_path / "a")
    assert len(synced) == 3


def test_a_file_system_whose_folders_cannot_be_synchronised_will_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    fsync = os.fsync

    def refuse_folders(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "Invalid argument")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", refuse_folders)
    write_text_atomic(tmp_path / "new" / "a.txt", "whole")
    assert (tmp_path / "new" / "a.txt").read_text() == "whole"


def test_a_folder_that_is_not_there_has_no_leftovers(tmp_path: Path):
    assert remove_leftovers(tmp_path / "none") == ()


def test_a_folder_that_may_not_be_written_to_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def refuse(self: Path, **_options: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(self))

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(UserError, match=r"a\.txt: cannot be written: permission is denied"):
        write_text_atomic(tmp_path / "a.txt", "")


def test_a_folder_is_replaced_as_a_whole(tmp_path: Path):
    target = tmp_path / "deep" / "a.files"
    for names in (["one", "two"], ["three"]):
        with atomic_folder(target) as folder:
            assert list(folder.iterdir()) == []
            for name in names:
                (folder / name).mkdir()
                (folder / name / "x.txt").write_text(name)
        assert sorted(path.name for path in target.iterdir()) == sorted(names)
    with atomic_folder(target):
        pass
    assert list(target.parent.iterdir()) == []


def test_an_exception_leaves_the_old_folder(tmp_path: Path):
    target = tmp_path / "a.files"
    with atomic_folder(target) as folder:
        (folder / "old").touch()
    with pytest.raises(ZeroDivisionError), atomic_folder(target) as folder:
        (folder / "new").touch()
        _ = 1 / 0
    assert [path.name for path in target.iterdir()] == ["old"]
    assert list(tmp_path.iterdir()) == [target]
