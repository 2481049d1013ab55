"""Which CRDS context a job works in; needs neither crds nor a network."""

import ast
import os
import re
from pathlib import Path

from mkrefs.crds_context.cache import Cache
from mkrefs.errors import UserError
from mkrefs.jobs.crds_state import CrdsState

_PMAP = re.compile(r"\w+\.pmap|jwst_\d+")
_IN_FORCE = ("operational_context", "latest_context")


def context_name(state: CrdsState) -> str:
    """Give the name of the context in force.

    Parameters
    ----------
    state : CrdsState
        Cache and context; what is empty is taken from ``CRDS_PATH`` and ``CRDS_CONTEXT``, and the
        context then from the cache's own configuration.

    Returns
    -------
    str
        Such as ``jwst_0002.pmap``; empty if nothing names a context.
    """
    asked = state.context or os.environ.get("CRDS_CONTEXT", "")
    if _PMAP.fullmatch(asked):
        return asked if asked.endswith(".pmap") else f"{asked}.pmap"
    cache = cache_of(state)
    return _name_in_force(cache, asked) if cache is not None else ""


def require_crds(state: CrdsState) -> None:
    """Refuse to calibrate where there is nothing to take reference files from.

    Raises
    ------
    mkrefs.errors.UserError
        If neither ``state`` nor the environment names a cache or a server, there is no such cache, or the
        cache lacks the context.
    """
    path = state.path or os.environ.get("CRDS_PATH", "")
    if state.server or (not state.path and os.environ.get("CRDS_SERVER_URL")):
        return
    if not path:
        raise UserError(
            "The pipeline needs reference files and neither CRDS_PATH nor CRDS_SERVER_URL is set; "
            "set CRDS_PATH to a CRDS cache, for instance one made by 'mkrefs context create'."
        )
    if not Cache(Path(path).expanduser()).server_config.is_file():
        raise UserError(
            f"{path}, which CRDS_PATH names, holds no CRDS cache; "
            "set CRDS_PATH to one, for instance made by 'mkrefs context create'."
        )
    _require_context(state, Cache(Path(path).expanduser()))


def _require_context(state: CrdsState, cache: Cache) -> None:
    """Refuse a context that the cache lacks; without a server it cannot be fetched."""
    asked, name = state.context or os.environ.get("CRDS_CONTEXT", ""), context_name(state)
    understood = not asked or asked.startswith("jwst-") or _PMAP.fullmatch(asked)
    wanted = name if understood else asked
    if not understood or (name and not (cache.mappings / name).is_file()):
        raise UserError(
            f"{wanted}, which CRDS_CONTEXT or the cache names, is not in "
            f"the CRDS cache {cache.root}; unset CRDS_CONTEXT, or name a *.pmap of its mappings/jwst."
        )


def cache_of(state: CrdsState) -> Cache | None:
    """Give the cache a job works with; None if neither the job nor the environment names an existing one."""
    path = state.path or os.environ.get("CRDS_PATH", "")
    cache = Cache(Path(path).expanduser()) if path else None
    return cache if cache is not None and cache.root.is_dir() else None


def _name_in_force(cache: Cache, asked: str) -> str:
    """Read the context in force from server_config; ``asked`` may be a symbolic name such as jwst-edit."""
    try:
        config = ast.literal_eval(cache.server_config.read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError):
        return ""
    symbolic = f"{asked.removeprefix('jwst-')}_context"
    names = (symbolic, *_IN_FORCE) if asked else _IN_FORCE
    return next((str(config[key]) for key in names if config.get(key)), "")
