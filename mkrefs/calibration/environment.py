"""Where the pipeline finds its reference files, and what to say when there is no such place."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from mkrefs.errors import UserError
from mkrefs.jobs.job import CrdsState


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
        if not (os.environ.get("CRDS_PATH") or os.environ.get("CRDS_SERVER_URL")):
            raise UserError(
                "The pipeline needs reference files and neither CRDS_PATH nor CRDS_SERVER_URL is set; "
                "set CRDS_PATH to a CRDS cache, for instance one made by 'mkrefs context create'."
            )
        yield
    finally:
        for key, value in before.items():
            if value is None:
                os.environ.pop(key, None)
            else:
                os.environ[key] = value
