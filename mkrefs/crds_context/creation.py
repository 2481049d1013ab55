"""Makes a private context: empty, with rules for all instruments, or based on the rules of another cache."""

from importlib.metadata import version
from pathlib import Path

from mkrefs.crds_context.base_context import Base, copy_base, find_base
from mkrefs.crds_context.cache import NO_SERVER, Cache, read_server_config, write_server_config
from mkrefs.crds_context.private_context import PrivateContext, open_context
from mkrefs.crds_context.process import run_worker
from mkrefs.crds_context.staging import install, staged
from mkrefs.errors import UserError
from mkrefs.storage.atomic import write_text_atomic

FIRST = "jwst_0000.pmap"


def create_context(folder: Path, base: Path | None = None) -> PrivateContext:
    """Make a CRDS cache with a context that knows all instruments and types and holds no file.

    Every type is ``N/A``, so that steps of the pipeline which need none run, until `add_references`
    adds the first file of the type.

    Parameters
    ----------
    folder : Path
        The cache to make; absent, empty, or left over from a creation that was killed.
    base : Path, optional
        Begin with the rules of this cache's context in force instead, or with those of
        ``CACHE/NAME.pmap``. Its reference files are linked, as far as they are there.

    Returns
    -------
    PrivateContext
        The new cache and its context: ``jwst_0000.pmap``, or the one of the base.

    Raises
    ------
    UserError
        If there is a cache already, the folder holds other files, or it cannot be written to; if the base
        is no cache or its rules are not complete.
    """
    start = None if base is None else find_base(base)
    cache = Cache(Path(folder).expanduser().absolute())
    _refuse_occupied(cache)
    with staged(cache) as copy:
        _refuse_occupied(cache)  # again: another process may have made it while this one waited
        context = _fill(copy, start)
        install(copy, cache)
        cache.config.mkdir(parents=True, exist_ok=True)
        cache.references.mkdir(parents=True, exist_ok=True)
        write_text_atomic(cache.subdir_mode, "flat")
        write_server_config(cache, read_server_config(copy), context, version("crds"))
    return open_context(cache.root)


def _fill(copy: Cache, base: Base | None) -> str:
    """Put the first rules into an empty cache; give the name of the context."""
    if base is not None:
        copy_base(base, copy)
        return base.context
    write_server_config(copy, NO_SERVER, FIRST, "")
    run_worker(copy, {"task": "create", "context": FIRST})
    return FIRST


def _refuse_occupied(cache: Cache) -> None:
    if cache.root.exists() and not cache.root.is_dir():
        raise UserError(f"{cache.root}: this is a file; name a folder for the context.")
    if cache.server_config.exists():
        raise UserError(
            f"{cache.root}: there is a CRDS cache already; "
            f"add files with 'mkrefs context add {cache.root} FILES', or choose another folder."
        )
    ours = {"config", "mappings", "references"}
    others = (
        [path.name for path in cache.root.glob("[!.]*") if path.name not in ours]
        if cache.root.is_dir()
        else []
    )
    if others:
        raise UserError(
            f"{cache.root}: the folder holds other files ({', '.join(sorted(others)[:3])}); "
            "choose an empty one."
        )
