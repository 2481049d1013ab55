"""The CRDS cache, context and server of a run: from the environment to a plan, and from a plan back to it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mkrefs.jobs.crds_state import CrdsState

_VARIABLES = {"path": "CRDS_PATH", "context": "CRDS_CONTEXT", "server": "CRDS_SERVER_URL"}


def crds_of_environment() -> CrdsState:
    """Give what the environment says; the folder of the cache with its absolute path."""
    values = {name: os.environ.get(variable, "") for name, variable in _VARIABLES.items()}
    path = Path(values["path"])
    if values["path"] and path.is_dir():
        values["path"] = str(path.absolute())
    return CrdsState(**values)


def differences(crds: CrdsState) -> tuple[str, ...]:
    """Tell in a sentence for each variable where the environment differs from a plan.

    Parameters
    ----------
    crds : CrdsState
        That of the plan.

    Returns
    -------
    tuple of str
    """
    now = crds_of_environment()
    pairs = {each: (getattr(crds, name), getattr(now, name)) for name, each in _VARIABLES.items()}
    return tuple(
        f"{variable} is {here or 'not set'}; what counts is how the run was planned: {planned or 'not set'}"
        for variable, (planned, here) in pairs.items()
        if planned != here
    )


@contextmanager
def environment_of(crds: CrdsState) -> Iterator[None]:
    """Have the environment, which worker processes inherit, say what a plan says, within the block."""
    before = {variable: os.environ.get(variable) for variable in _VARIABLES.values()}
    _set({variable: getattr(crds, name) or None for name, variable in _VARIABLES.items()})
    try:
        yield
    finally:
        _set(before)


def _set(values: dict[str, str | None]) -> None:
    for variable, value in values.items():
        if value is None:
            os.environ.pop(variable, None)
        else:
            os.environ[variable] = value
