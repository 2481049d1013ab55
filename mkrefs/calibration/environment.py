"""Where the pipeline finds its reference files, and what to say when there is no such place."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from mkrefs.crds_context import require_crds
from mkrefs.jobs.crds_state import CrdsState


@contextmanager
def crds_environment(state: CrdsState) -> Iterator[None]:
    """Work with the CRDS cache and context of a job, and restore the environment afterwards."""
    wanted = {
        key: value for key, value in (("CRDS_PATH", state.path), ("CRDS_CONTEXT", state.context)) if value
    }
    if state.server:
        wanted["CRDS_SERVER_URL"] = state.server
    before = {key: os.environ.get(key) for key in (*wanted, "CRDS_SERVER_URL")}
    if state.path:
        os.environ.pop("CRDS_SERVER_URL", None)
    os.environ.update(wanted)
    try:
        require_crds(state)
        yield
    finally:
        for key, value in before.items():
            if value is None:
                os.environ.pop(key, None)
            else:
                os.environ[key] = value
