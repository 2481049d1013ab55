"""Bases a new private context on the rules of an existing cache, whose reference files are linked."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from mkrefs.crds_context.cache import NO_SERVER, Cache, read_server_config, write_server_config
from mkrefs.crds_context.private_context import open_context
from mkrefs.crds_context.rules import named_files, named_mappings
from mkrefs.errors import UserError


@dataclass(frozen=True, slots=True)
class Base:
    """A context of another cache, whose rules a new one begins with.

    Attributes
    ----------
    cache : Cache
        The other cache.
    context : str
        Name of the pmap.
    """

    cache: Cache
    context: str


def find_base(place: Path) -> Base:
    """Find the context that somebody names by a cache, or by a pmap in one.

    Parameters
    ----------
    place : Path
        A CRDS cache, whose context in force counts, or ``CACHE/NAME.pmap``; the path of the pmap itself,
        ``CACHE/mappings/jwst/NAME.pmap``, does too.

    Raises
    ------
    UserError
        If there is no such cache or context, or rules of it are missing.
    """
    path = Path(place).expanduser().absolute()
    if path.suffix != ".pmap":
        opened = open_context(path)
    elif path.parent.parts[-2:] == ("mappings", "jwst"):
        opened = open_context(path.parent.parent.parent, path.name)
    else:
        opened = open_context(path.parent, path.name)
    return Base(Cache(opened.path), opened.context)


def copy_base(base: Base, copy: Cache) -> None:
    """Copy the rules of a context into an empty cache, and link those of its reference files that are there.

    Parameters
    ----------
    base : Base
        The context.
    copy : Cache
        The empty cache, of flat layout; the context is put in force in it.

    Raises
    ------
    UserError
        If the cache of the base lies in a place that cannot be read.
    """
    try:
        for path in named_mappings(base.cache.mappings, base.context):
            shutil.copyfile(path, copy.mappings / path.name)
        for instrument, name in named_files(base.cache.mappings, base.context):
            file = base.cache.reference_folder(instrument) / name
            if file.is_file():
                (copy.references / name).symlink_to(file.resolve())
    except PermissionError as error:
        raise UserError(f"{error.filename}: the file cannot be read ({error.strerror}).") from error
    bad = {key: value for key, value in read_server_config(base.cache).items() if key.startswith("bad_files")}
    write_server_config(copy, {**NO_SERVER, **bad}, base.context, "")
