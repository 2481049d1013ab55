"""The child process in which crds works: reads a request, changes the staged cache, writes an answer.

Run as ``python -m mkrefs.crds_context.worker REQUEST ANSWER`` with CRDS_PATH set to the staged cache and
the working directory set to its mappings, into which crds writes new contexts.
"""

import json
import logging
import sys
from pathlib import Path
from typing import Any

import crds
from crds.core import log

from mkrefs.crds_context.cache import Cache
from mkrefs.crds_context.choosing import choose
from mkrefs.crds_context.coverage_forms import trial_to_json
from mkrefs.crds_context.crds_process import load_data_models
from mkrefs.crds_context.empty_rules import write_empty_context
from mkrefs.crds_context.insertion import insert_references
from mkrefs.crds_context.trying import trial_of


def main(request_path: Path, answer_path: Path) -> None:
    """Carry out the request in one file and write the answer to another."""
    request = json.loads(request_path.read_text())
    log.set_verbose(-1)
    logging.getLogger("stdatamodels").setLevel(logging.ERROR)
    answer = _carry_out(request)
    answer["crds_version"] = str(crds.__version__)
    answer_path.write_text(json.dumps(answer))


def _carry_out(request: dict[str, Any]) -> dict[str, Any]:
    copy = Cache(Path(request["cache"]))
    if request["task"] == "create":
        write_empty_context(copy.mappings, request["context"])
        return {"context": request["context"]}
    if request["task"] in ("add", "try"):
        load_data_models()
        return _insert(copy, request)
    if request["task"] == "choose":
        load_data_models()
        return choose(copy, request)
    raise ValueError(f"no such task: {request['task']}")


def _insert(copy: Cache, request: dict[str, Any]) -> dict[str, Any]:
    """Insert files into the staged cache, and tell what that changes."""
    files = [Path(file) for file in request["files"]]
    link = request["task"] == "try"
    insertion = insert_references(
        copy, Cache(Path(request["references"])), request["context"], files, link=link
    )
    return {
        "context": insertion.context,
        "added": insertion.added,
        "trial": trial_to_json(trial_of(insertion, request["context"])),
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
