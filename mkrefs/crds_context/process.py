"""Runs crds in a child process, so that the caller's environment, folder and crds caches stay untouched."""

import json
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from mkrefs.crds_context.cache import NO_SERVER, Cache
from mkrefs.crds_context.private_context import process_environment

_WORKER = "mkrefs.crds_context.worker"


def run_worker(copy: Cache, request: Mapping[str, Any]) -> dict[str, Any]:
    """Have crds carry out a request in a staged cache.

    Parameters
    ----------
    copy : Cache
        The staged cache; crds sees no other.
    request : mapping
        What `mkrefs.crds_context.worker` understands, of JSON values.

    Returns
    -------
    dict
        The worker's answer.

    Raises
    ------
    RuntimeError
        If the worker failed: a bug, with its traceback.
    """
    answer = copy.root / "answer.json"
    (copy.root / "request.json").write_text(json.dumps({"cache": str(copy.root), **request}))
    variables = {
        "CRDS_PATH": str(copy.root),
        "CRDS_OBSERVATORY": "jwst",
        "CRDS_SERVER_URL": str(NO_SERVER["server"]),
    }
    done = subprocess.run(  # noqa: S603 - the interpreter that runs mkrefs, with arguments of our own
        [sys.executable, "-m", _WORKER, str(copy.root / "request.json"), str(answer)],
        cwd=copy.mappings,
        env=process_environment(variables),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0 or not answer.is_file():
        raise RuntimeError(
            f"crds failed to {request['task']} (exit status {done.returncode}):\n{done.stderr}"
        )
    return dict(json.loads(answer.read_text()))
