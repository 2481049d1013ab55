"""Tries new reference files in a context, by crds' own rules, and tells which exposures would change file.

The context and its cache stay as they are; everything happens in a private copy of the rules.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from mkrefs.crds_context.cache import Cache
from mkrefs.crds_context.coverage import TrialInsertion
from mkrefs.crds_context.coverage_forms import trial_from_json
from mkrefs.crds_context.private_context import PrivateContext, rules_in_force
from mkrefs.crds_context.process import run_worker
from mkrefs.crds_context.staging import link_rules
from mkrefs.errors import UserError
from mkrefs.jobs.crds_state import CrdsState


def try_insertion(files: Sequence[Path], context: CrdsState | PrivateContext) -> TrialInsertion:
    """Tell what would happen if reference files were in a context.

    Parameters
    ----------
    files : sequence of Path
        Reference files of any instruments and types; they are inserted together.
    context : CrdsState or PrivateContext
        Cache and context; what is empty is taken from the environment. The rules of the files' types
        suffice, no reference file is needed, and the cache may be read-only.

    Returns
    -------
    TrialInsertion
        Files that cannot be inserted are findings, not errors.

    Raises
    ------
    mkrefs.errors.UserError
        If no files are given, or there is no context whose rules are at hand.
    """
    if not files:
        raise UserError("No reference files were given to try in the context; name at least one.")
    state = context.state if isinstance(context, PrivateContext) else context
    cache, name = rules_in_force(state, "to try reference files in")
    sources = [Path(file).expanduser().absolute() for file in files]
    with tempfile.TemporaryDirectory(prefix="mkrefs-trial-") as folder:
        copy = Cache(Path(folder))
        link_rules(cache, copy)
        request = {
            "task": "try",
            "context": name,
            "files": [str(path) for path in sources],
            "references": str(cache.root),
        }
        return trial_from_json(run_worker(copy, request)["trial"])
