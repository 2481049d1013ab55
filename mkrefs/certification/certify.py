"""Runs ``crds certify`` on a file in a process with an environment and temporary folder of its own."""

import json
import os
import re
import tempfile
from pathlib import Path
from typing import Any

from mkrefs.certification.process import perform
from mkrefs.certification.report import CertifyReport
from mkrefs.crds_context.identity import cache_of, context_name
from mkrefs.crds_context.private_context import PrivateContext, open_context
from mkrefs.errors import UserError
from mkrefs.jobs.crds_state import CrdsState

#: How crds begins a message about a file: of no use where only one is certified.
_ABOUT = re.compile(r"^instrument='\w*' type='[\w-]*' data='[^']*' :: ")
#: How crds quotes the whole header and all allowed values before it says what is wrong.
_HEADER_DUMP = re.compile(r" with header:\s.*\}\s+:\s", re.DOTALL)
_RULE = re.compile(r"^-{10,}$", re.MULTILINE)


def certify(file: Path, context: PrivateContext | CrdsState) -> CertifyReport:
    """Certify a reference file against a CRDS context, as ``crds certify --jwst -x CONTEXT FILE`` does.

    The trial insertion into the rules is made in a private folder instead of ``/tmp``, so that any
    number of files may be certified at once. Where the context has no file of the type yet, the file is
    compared with the type's rules as mkrefs knows them; a note says so.

    Parameters
    ----------
    file : Path
        The reference file.
    context : PrivateContext or CrdsState
        Cache and context; what a `CrdsState` leaves empty is taken from the environment.

    Returns
    -------
    CertifyReport
        Errors, warnings, notes and the whole log.

    Raises
    ------
    UserError
        If there is no such file, or no context to compare with.
    RuntimeError
        If crds itself breaks down: a bug, with its traceback.
    """
    path = Path(file).expanduser().absolute()
    if not path.is_file():
        raise UserError(f"{path}: there is no such file to certify.")
    chosen = _context(context.state if isinstance(context, PrivateContext) else context)
    with tempfile.TemporaryDirectory(prefix="mkrefs-certify-") as folder:
        answer, log = _run(path, chosen, Path(folder))
        places = (f"{folder}/", f"{path.parent}/")
    return CertifyReport(
        errors=_messages(answer["errors"], places),
        warnings=_messages(answer["warnings"], places),
        notes=_messages(answer["notes"], places),
        log=_without(log, places),
        context=chosen.context,
    )


def _context(state: CrdsState) -> PrivateContext:
    """Find the context to compare with."""
    cache, name = cache_of(state), context_name(state)
    if cache is None or not name:
        path = state.path or os.environ.get("CRDS_PATH", "")
        raise UserError(
            "CRDS certify compares with a context and there is none: "
            f"{f'{path} holds no CRDS cache' if path else 'CRDS_PATH is not set'}; "
            "set CRDS_PATH to a CRDS cache, for instance one made by 'mkrefs context create'."
        )
    return open_context(cache.root, name, whole=False)


def _run(path: Path, context: PrivateContext, folder: Path) -> tuple[dict[str, Any], str]:
    answer, log = folder / "answer.json", folder / "log.txt"
    request = {
        "file": str(path),
        "context": context.context,
        "folder": str(folder),
        "answer": str(answer),
        "log": str(log),
    }
    status = perform(request, {**context.environment(), "CRDS_PATH": str(context.path)})
    said = log.read_text(errors="replace") if log.is_file() else ""
    if status != 0 or not answer.is_file():
        raise RuntimeError(f"crds certify broke down on {path} (exit status {status}):\n{said}")
    return dict(json.loads(answer.read_text())), said


def _messages(messages: list[str], places: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_shortened(_without(message, places)) for message in messages))


def _shortened(message: str) -> str:
    """Leave out what crds says of the file's name and header; the log has it all."""
    brief = _HEADER_DUMP.sub(": ", _ABOUT.sub("", message))
    return " ".join(_RULE.sub("", brief).split())


def _without(text: str, places: tuple[str, ...]) -> str:
    for place in places:
        text = text.replace(place, "")
    return text
