"""Where the reference files of a context lie."""

from pathlib import Path

from mkrefs.crds_context.cache import Cache
from mkrefs.crds_context.identity import cache_of
from mkrefs.crds_context.private_context import PrivateContext
from mkrefs.crds_context.rules import named_files
from mkrefs.jobs.crds_state import CrdsState


def reference_path(context: PrivateContext, name: str) -> Path:
    """Give the path at which the cache has, or would have, a reference file.

    Parameters
    ----------
    context : PrivateContext
        Whose cache it is.
    name : str
        As rules name it; the instrument is part of it.
    """
    return Cache(context.path).reference_folder(name.split("_")[1] if "_" in name else "") / name


def reference_counts(context: PrivateContext) -> tuple[int, int]:
    """Count the reference files of a context that its cache holds, and those that its rules name."""
    named = {name for _, name in named_files(Cache(context.path).mappings, context.context)}
    return sum(reference_path(context, name).is_file() for name in named), len(named)


def held_reference(state: CrdsState, name: str, instrument: str) -> Path | None:
    """Find a reference file in the cache that a job works with.

    Parameters
    ----------
    state : CrdsState
        What is empty is taken from the environment.
    name : str
        Base name of the file.
    instrument : str
        As INSTRUME spells it.

    Returns
    -------
    Path or None
        None if there is no cache, or the cache does not have the file.
    """
    cache = cache_of(state)
    if cache is None:
        return None
    places = (cache.reference_folder(instrument) / name, cache.references / name)
    return next((path for path in places if path.is_file()), None)
