"""Changes to a CRDS cache, prepared aside and put in force by one rename; one change at a time."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from mkrefs.crds_context.cache import Cache
from mkrefs.errors import UserError
from mkrefs.storage.atomic import atomic_write
from mkrefs.storage.file_lock import wait_for_lock

_PREFIX = ".mkrefs-staging-"
_LOCK = ".mkrefs-context.lock"
#: In this order a crash between any two files leaves nothing that names a missing one.
_ORDER = (".rmap", ".imap", ".pmap")


@contextmanager
def staged(cache: Cache) -> Iterator[Cache]:
    """Give a copy of a cache to work in: rules as links, configuration copied, no reference files.

    It lies inside the cache's folder, and is removed when the block ends. A second process waits.

    Parameters
    ----------
    cache : Cache
        The cache; it may still be empty.

    Yields
    ------
    Cache
        The copy. What is written there reaches the cache only through `install`.

    Raises
    ------
    UserError
        If the cache cannot be written to.
    """
    with _open_lock(cache) as lock:
        wait_for_lock(lock.fileno())
        for left in cache.root.glob(f"{_PREFIX}*"):
            shutil.rmtree(left, ignore_errors=True)  # a killed change's crds may still be writing there
        with tempfile.TemporaryDirectory(prefix=_PREFIX, dir=cache.root) as folder:
            copy = Cache(Path(folder).absolute())
            link_rules(cache, copy)
            yield copy


def _open_lock(cache: Cache) -> TextIO:
    try:
        cache.root.mkdir(parents=True, exist_ok=True)
        return (cache.root / _LOCK).open("w")
    except (PermissionError, NotADirectoryError) as error:
        raise UserError(
            f"{cache.root}: the CRDS cache cannot be written to ({error.strerror}); use another folder."
        ) from error


def link_rules(cache: Cache, copy: Cache) -> None:
    """Fill an empty cache with the configuration of another, copied, and links to its rules."""
    for folder in (copy.config, copy.mappings, copy.references):
        folder.mkdir(parents=True, exist_ok=True)
    for path in (cache.server_config, cache.subdir_mode):
        if path.is_file():
            shutil.copyfile(path, copy.config / path.name)
    if not copy.subdir_mode.exists():
        copy.subdir_mode.write_text("flat")
    for path in cache.mappings.glob("*.[pir]map"):
        (copy.mappings / path.name).symlink_to(path.absolute())


def install(copy: Cache, cache: Cache) -> None:
    """Move what is new in the copy into the cache, references first and the pmap last.

    The context in force stays what it was: that is for `mkrefs.crds_context.cache.write_server_config`.
    """
    for path in new_files(copy):
        target = cache.root / path.relative_to(copy.root)
        if path.is_symlink():  # nothing to synchronise, and there may be thousands
            target.parent.mkdir(parents=True, exist_ok=True)
            path.replace(target)
            continue
        with atomic_write(target) as temporary:
            path.replace(temporary)


def new_files(copy: Cache) -> list[Path]:
    """List the files that were written into a staged copy, in the order in which they may be installed."""
    written = [path for path in sorted(copy.references.rglob("*")) if path.is_file()]
    for suffix in _ORDER:
        written += [path for path in sorted(copy.mappings.glob(f"*{suffix}")) if not path.is_symlink()]
    return written
