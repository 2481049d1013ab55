"""A CRDS context as a value: where it lies, what it is called, and the environment that puts it in force."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from mkrefs.crds_context.cache import NO_SERVER, Cache, read_server_config
from mkrefs.crds_context.coverage import TrialInsertion
from mkrefs.crds_context.identity import cache_of, context_name
from mkrefs.crds_context.rules import named_mappings
from mkrefs.errors import UserError
from mkrefs.jobs.crds_state import CrdsState


@dataclass(frozen=True, slots=True)
class AddedReference:
    """A reference file that was added to a context.

    Attributes
    ----------
    source : Path
        The file that was given.
    name : str
        Its name in the context.
    new : bool
        False if the context already had a file of the same content.
    """

    source: Path
    name: str
    new: bool


@dataclass(frozen=True, slots=True)
class PrivateContext:
    """A CRDS cache and one context in it, which works with no server.

    Attributes
    ----------
    path : Path
        The cache, absolute: what ``CRDS_PATH`` is set to.
    context : str
        Name of the pmap: what ``CRDS_CONTEXT`` is set to.
    added : tuple of AddedReference
        What the call that gave this value did; not part of its identity.
    trial : TrialInsertion or None
        What that changes for exposures; not part of its identity.
    """

    path: Path
    context: str
    added: tuple[AddedReference, ...] = field(default=(), compare=False)
    trial: TrialInsertion | None = field(default=None, compare=False)

    @property
    def state(self) -> CrdsState:
        """The cache and context as jobs carry them."""
        return CrdsState(path=str(self.path), context=self.context)

    def environment(self) -> dict[str, str]:
        """Give the variables that make crds and jwst work in this context.

        Returns
        -------
        dict of str to str
            CRDS_PATH, CRDS_CONTEXT, CRDS_OBSERVATORY, and for CRDS_SERVER_URL the address by which crds
            itself means "no server"; it is never contacted, and hides a real address the user may have set.
        """
        return {
            "CRDS_PATH": str(self.path),
            "CRDS_CONTEXT": self.context,
            "CRDS_OBSERVATORY": "jwst",
            "CRDS_SERVER_URL": str(NO_SERVER["server"]),
        }


def process_environment(variables: Mapping[str, str]) -> dict[str, str]:
    """Give the whole environment for a child process: this process's, with all CRDS settings replaced.

    Parameters
    ----------
    variables : mapping of str to str
        As `PrivateContext.environment` gives them.
    """
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("CRDS_")}
    return {**inherited, "CRDS_INI_FILE": os.devnull, **variables}


def open_context(folder: Path, context: str | None = None, *, whole: bool = True) -> PrivateContext:
    """Open a CRDS cache, and check that it holds the rules of a context.

    Parameters
    ----------
    folder : Path
        The cache: made by `create_context`, or any other with rules for JWST.
    context : str, optional
        Name of the pmap; the one in force by default.
    whole : bool
        Whether the rules of all instruments must be there. A cache that CRDS itself fills holds only those
        that were needed.

    Returns
    -------
    PrivateContext
        The cache and the context.

    Raises
    ------
    UserError
        If the folder holds no cache, or rules of the context are missing.
    """
    cache = Cache(Path(folder).expanduser().absolute())
    config = read_server_config(cache)
    name = context_name(
        CrdsState(str(cache.root), context or str(config.get("operational_context", "")) or "none")
    )
    if not name or not (cache.mappings / name).is_file():
        known = ", ".join(sorted(path.name for path in cache.mappings.glob("*.pmap"))) or "none"
        raise UserError(
            f"{cache.root}: there is no context {context or name!r} in this cache; it holds {known}."
        )
    mappings = named_mappings(cache.mappings, name) if whole else ()
    missing = [path.name for path in mappings if not path.is_file()]
    if missing:
        raise UserError(
            f"{cache.root}: the context {name} is not complete, {', '.join(missing)} is missing; "
            "copy the rules again from where they came."
        )
    return PrivateContext(cache.root, name)


def rules_in_force(state: CrdsState, purpose: str) -> tuple[Cache, str]:
    """Give the cache and the name of the context in force; of its rules, only some need be there.

    Parameters
    ----------
    state : CrdsState
        Cache and context; what is empty is taken from the environment.
    purpose : str
        What the rules are needed for, as in ``to choose reference files``.

    Raises
    ------
    UserError
        If there is no cache, or no context in it.
    """
    cache, name = cache_of(state), context_name(state)
    if cache is None or not name:
        raise UserError(
            f"CRDS rules are needed {purpose} and there is no CRDS cache with a context; "
            "set CRDS_PATH to one, for instance made by 'mkrefs context create'."
        )
    context = open_context(cache.root, name, whole=False)
    return Cache(context.path), context.context
