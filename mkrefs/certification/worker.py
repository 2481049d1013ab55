"""The child process that certifies one file.

Run as ``python -m mkrefs.certification.worker FILE PMAP FOLDER ANSWER`` with CRDS_PATH set to the cache;
FOLDER is empty and this process's own.
"""

import json
import logging
import sys
from pathlib import Path

import crds
from crds.certify import certify as crds_certify
from crds.core import log, utils
from crds.refactoring import refactor

from mkrefs.certification.trial_context import with_rules_of
from mkrefs.crds_context.crds_process import crds_messages, load_data_models


def main(file: str, context: str, folder: Path, answer: Path) -> None:
    """Certify a file, and write errors, warnings and notes to ``answer``; the log goes to stderr."""
    load_data_models()
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
    answer.write_text(json.dumps({"errors": errors, "warnings": warnings, "notes": notes}))


def _try_insertion(file: str, context: str, folder: Path) -> None:
    """Insert the file into a copy of its rmap and certify that, as crds does in ``/tmp``."""
    instrument, reftype = utils.get_file_properties("jwst", file)
    old = crds.get_cached_mapping(context).get_imap(instrument).get_rmap(reftype)
    new = folder / old.basename
    log.info("Checking rmap update for", (instrument, reftype), "inserting files", [file])
    refactor.rmap_insert_references(old.filename, str(new), [file], observatory="jwst")
    crds_certify.certify_file(str(new), context)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), Path(sys.argv[4]))
