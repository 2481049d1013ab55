"""The child process that certifies files, one after another, each in a fork of its own.

Run as ``python -m mkrefs.certification.worker`` with CRDS_PATH set to the cache. It reads requests, JSON
objects of one line each, and answers each with a line: the exit status of the fork. It ends with its input,
or when it has had nothing to do for a while. So crds and the data models are imported once, and no file meets
what crds remembers of another.
"""

import json
import logging
import multiprocessing
import os
import select
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import crds
from crds.certify import certify as crds_certify
from crds.core import log, utils
from crds.refactoring import refactor

from mkrefs.certification.trial_context import with_rules_of
from mkrefs.crds_context.crds_process import crds_messages, load_data_models

#: Seconds without a request after which the process ends, so that it does not hold its memory for nothing.
_PATIENCE = 30.0


def main() -> None:
    """Answer requests until there are no more."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # whatever libraries print is no answer
    load_data_models()
    fork = multiprocessing.get_context("fork")
    for request in _requests():
        process = fork.Process(target=_certify, args=(request,))
        process.start()
        process.join()
        print(process.exitcode, file=answers, flush=True)


def _requests() -> Iterator[dict[str, Any]]:
    while select.select([sys.stdin], [], [], _PATIENCE)[0]:
        line = sys.stdin.readline()
        if not line:
            return
        yield json.loads(line)


def _certify(request: dict[str, Any]) -> None:
    """Certify a file; output goes to the log of the request, findings to its answer."""
    folder = Path(request["folder"])
    with Path(request["log"]).open("w") as stream:
        os.dup2(stream.fileno(), 1)
        os.dup2(stream.fileno(), 2)
    os.chdir(folder)
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
    findings = _findings(request["file"], request["context"], folder)
    Path(request["answer"]).write_text(json.dumps(findings))


def _findings(file: str, context: str, folder: Path) -> dict[str, list[str]]:
    with crds_messages(logging.ERROR) as errors, crds_messages(logging.WARNING) as warnings:
        log.set_verbose(-1)
        compared, notes = with_rules_of(file, context, folder)
        log.set_verbose(0)
        argv = ["crds.certify", "--jwst", "--dont-check-rmap-updates", "-x", compared, file]
        crds_certify.CertifyScript(argv, print_status=False)()
        if log.errors() == 0:
            with log.error_on_exception("Failed updating rmap"):
                _try_insertion(file, compared, folder)
        log.standard_status()
    return {"errors": errors, "warnings": warnings, "notes": notes}


def _try_insertion(file: str, context: str, folder: Path) -> None:
    """Insert the file into a copy of its rmap and certify that, as crds does in ``/tmp``.

    The text of the copy is not searched for keys that occur twice, which costs as much as all else: crds has
    just written it, from dictionaries.
    """
    instrument, reftype = utils.get_file_properties("jwst", file)
    old = crds.get_cached_mapping(context).get_imap(instrument).get_rmap(reftype)
    new = folder / old.basename
    log.info("Checking rmap update for", (instrument, reftype), "inserting files", [file])
    refactor.rmap_insert_references(old.filename, str(new), [file], observatory="jwst")
    crds_certify.certify_file(str(new), context, dont_parse=True)


if __name__ == "__main__":
    main()
