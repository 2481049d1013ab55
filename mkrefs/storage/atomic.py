"""Atomic writing: a temporary in a hidden folder beside the file, fsync, then one rename.

What is in files and folders is the callers' business; what killed writers left is removed elsewhere.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mkrefs.storage.leftovers import temporary_folder_name
from mkrefs.storage.syncing import make_folder, sync
from mkrefs.storage.write_errors import mendable_write_errors


@contextmanager
def atomic_write(path: Path) -> Iterator[Path]:
    """Give a temporary path to write to; it takes the place of ``path`` when the block ends well.

    The temporary has the name of ``path``, for writers that look at the extension or put the name into
    the file, and lies in a hidden folder of its own beside it. It does not exist yet when the block
    begins. Missing folders are made. If the block raises, ``path`` is left as it was and nothing else stays.

    Parameters
    ----------
    path : Path
        The file to make or to replace.

    Yields
    ------
    Path
        The temporary path.

    Raises
    ------
    mkrefs.errors.UserError
        If the disk is full, a quota is used up, the file system is read-only, or permission is denied.
    OSError
        For any other failure to write.
    """
    temporary = path.parent / temporary_folder_name() / path.name
    with mendable_write_errors(path, temporary, temporary.parent):
        make_folder(path.parent)
        temporary.parent.mkdir()
        try:
            yield temporary
            sync(temporary)
            temporary.replace(path)
            sync(path.parent)
        finally:
            shutil.rmtree(temporary.parent, ignore_errors=True)


@contextmanager
def atomic_folder(path: Path) -> Iterator[Path]:
    """Give an empty folder to work in; what is there when the block ends well takes the place of ``path``.

    If nothing is there, neither is ``path`` afterwards. If the block raises, ``path`` is left as it was. Only
    a crash between two renames can leave neither the old folder nor the new one.

    Parameters
    ----------
    path : Path
        The folder to make or to replace.

    Yields
    ------
    Path
        The temporary folder, in a hidden one beside ``path``.

    Raises
    ------
    mkrefs.errors.UserError
        As `atomic_write`.
    """
    hidden = path.parent / temporary_folder_name()
    temporary = hidden / path.name
    with mendable_write_errors(path, temporary, hidden):
        make_folder(path.parent)
        temporary.mkdir(parents=True)
        try:
            yield temporary
            for each in (*temporary.rglob("*"), temporary):
                if not each.is_symlink():
                    sync(each)
            if path.exists():
                path.rename(hidden / "replaced")
            if any(temporary.iterdir()):
                temporary.rename(path)
            sync(path.parent)
        finally:
            shutil.rmtree(hidden, ignore_errors=True)


def write_text_atomic(path: Path, text: str) -> None:
    """Write ``text`` as UTF-8 to ``path``: either all of it is there afterwards, or nothing changed.

    Parameters
    ----------
    path : Path
        The file to make or to replace.
    text : str
        Its whole content.

    Raises
    ------
    mkrefs.errors.UserError
        As `atomic_write`.
    """
    with atomic_write(path) as temporary:
        temporary.write_text(text, encoding="utf-8", errors="backslashreplace")  # names may be no UTF-8
