"""A context with rules for a type that a context has none of yet, made aside for one certification.

For the child process only.
"""

import os
from pathlib import Path

from crds import data_file
from crds.core.exceptions import CrdsError

from mkrefs.crds_context.cache import Cache
from mkrefs.crds_context.insertion import open_rules, put_in_context
from mkrefs.crds_context.rules import rmap_of
from mkrefs.crds_context.staging import link_rules
from mkrefs.errors import UserError


def with_rules_of(file: str, context: str, folder: Path) -> tuple[str, list[str]]:
    """Give a context that has rules for the type of a file.

    Parameters
    ----------
    file : str
        A reference file.
    context : str
        Name of a pmap in the cache that CRDS_PATH names.
    folder : Path
        Where a cache of links may be made; CRDS_PATH and the working directory are then changed to it.

    Returns
    -------
    context : str
        The same, if it has rules for the type, or if nothing is known of the type: certify reports that.
    notes : list of str
        What was done.
    """
    cache = Cache(Path(os.environ["CRDS_PATH"]))
    instrument, reftype = _identity(file)
    if not (instrument and reftype) or rmap_of(cache.mappings, context, instrument, reftype) is not None:
        return context, []
    copy = Cache(folder / "cache")
    link_rules(cache, copy)
    os.environ["CRDS_PATH"] = str(copy.root)
    os.chdir(copy.mappings)
    try:
        trial = put_in_context(context, [open_rules(copy, context, instrument, reftype)])
    except UserError:
        os.environ["CRDS_PATH"] = str(cache.root)
        return context, []
    kind = f"{reftype.upper()} files of {instrument.upper()}"
    return trial, [f"{context} has no {kind}: compared with rules that mkrefs made for them."]


def _identity(file: str) -> tuple[str, str]:
    """Read instrument and type, in lower case; empty where the header does not say or cannot be read."""
    try:
        header = data_file.get_header(file, observatory="jwst")
    except (OSError, ValueError, CrdsError):
        return "", ""
    values = [str(header.get(key, "UNDEFINED")).lower() for key in ("INSTRUME", "REFTYPE")]
    return ("", "") if "undefined" in values else (values[0], values[1])
