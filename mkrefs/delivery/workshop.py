"""The folder of a delivery appears whole or not at all: it is built aside, and takes its place by a rename.

What is in it is known elsewhere.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from mkrefs.delivery.record import RECORD_NAME
from mkrefs.errors import UserError
from mkrefs.storage.file_lock import take_lock
from mkrefs.storage.syncing import sync
from mkrefs.storage.write_errors import mendable_write_errors


@dataclass(frozen=True, slots=True)
class Workshop:
    """Where a delivery is built.

    Attributes
    ----------
    folder : Path
        The folder to be.
    new : Path
        The one being built, empty at first.
    """

    folder: Path
    new: Path

    def put_in_place(self) -> None:
        """Let the new folder take the place of the old one, if there is one."""
        with mendable_write_errors(self.folder, self.new):
            for path in (*self.new.rglob("*"), self.new):
                if not path.is_symlink():
                    sync(path)
            if self.folder.exists():
                self.folder.rename(_old(self.new.parent))
            self.new.rename(self.folder)
            sync(self.folder.parent)
            shutil.rmtree(_old(self.new.parent), ignore_errors=True)


@contextmanager
def workshop(folder: Path) -> Iterator[Workshop]:
    """Give a place to build a folder in, beside it; what a killed delivery left there is put right first.

    Parameters
    ----------
    folder : Path
        The folder to be, absolute; it may exist.

    Yields
    ------
    Workshop
        What is not put in place is removed when the block ends.

    Raises
    ------
    UserError
        If another delivery to the folder is at work, or its parent cannot be written to.
    """
    place = folder.parent / f".{folder.name}.mkrefs-delivery"
    descriptor = _entered(place, folder)
    try:
        _put_right(folder, place)
        new = place / "new"
        new.mkdir()
        yield Workshop(folder, new)
    finally:
        os.close(descriptor)
        _clear(place)


def _entered(place: Path, folder: Path) -> int:
    """Open the workshop's lock and take it; again if whoever was there before has just removed it."""
    while True:
        with mendable_write_errors(folder, place, place / "lock"):
            try:
                place.mkdir(parents=True, exist_ok=True)
            except FileExistsError:
                if place.exists() and not place.is_dir():
                    raise
                continue  # it was removed while it was looked at
            try:
                descriptor = os.open(place / "lock", os.O_RDWR | os.O_CREAT, 0o644)
            except FileNotFoundError:
                continue
        try:
            _lock(descriptor, folder)
            if os.fstat(descriptor).st_nlink:
                return descriptor
        except UserError:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _lock(descriptor: int, folder: Path) -> None:
    if not take_lock(descriptor):
        raise UserError(f"{folder}: another delivery to this folder is at work; wait until it ends.")


def _put_right(folder: Path, place: Path) -> None:
    """End what a killed delivery had begun: the old folder comes back unless the new one is in its place."""
    shutil.rmtree(place / "new", ignore_errors=True)
    if _old(place).exists() and not folder.exists():
        _old(place).rename(folder)
    if _old(place).exists() and not (folder / RECORD_NAME).is_file():
        raise UserError(
            f"{folder}: the delivery that was here waits in {_old(place)} since a later one was killed; "
            f"remove {folder}, and deliver again."
        )
    shutil.rmtree(_old(place), ignore_errors=True)


def _clear(place: Path) -> None:
    """Remove the workshop, unless somebody else is at work in it or an old folder waits in it."""
    if _old(place).exists():
        return
    try:
        with (place / "lock").open("r+") as stream:
            if take_lock(stream.fileno()):
                shutil.rmtree(place, ignore_errors=True)
    except OSError:
        return


def _old(place: Path) -> Path:
    return place / "old"
