"""Adds reference files to a context as a new context; the earlier ones stay."""

from collections.abc import Sequence
from pathlib import Path

from mkrefs.crds_context.cache import Cache, read_server_config, write_server_config
from mkrefs.crds_context.coverage import TrialInsertion
from mkrefs.crds_context.coverage_forms import trial_from_json
from mkrefs.crds_context.private_context import AddedReference, PrivateContext, open_context
from mkrefs.crds_context.process import run_worker
from mkrefs.crds_context.staging import install, staged
from mkrefs.errors import UserError


def add_references(
    folder: Path, files: Sequence[Path], context: str | None = None, *, force: bool = False
) -> PrivateContext:
    """Add reference files to a context, by crds' own rules, and put the new context in force.

    All files or none are added. They are copied into the cache under CRDS names
    (``jwst_<instrument>_<type>_NNNN.fits``). A file with the same match values and USEAFTER as one in
    the context takes its place in the new context.

    Parameters
    ----------
    folder : Path
        A CRDS cache: made by `create_context`, or any other that holds a whole context.
    files : sequence of Path
        Reference files, of any instruments and types.
    context : str, optional
        Name of the pmap to start from; the one in force by default.
    force : bool
        Add files against which a trial insertion speaks, too; those that crds itself refuses never are.

    Returns
    -------
    PrivateContext
        The new context, with the names the files were given and what they change; the old one if it had
        all of them already.

    Raises
    ------
    UserError
        If the folder holds no cache or a context that is not complete, or files cannot be added: all of
        them are named with the reason (no reference file, a keyword missing, a type without rules, two
        files for the same exposures, an exposure that would lose its file, a file that none would get).
    """
    sources = tuple(Path(file).expanduser().absolute() for file in files)
    if not sources:
        raise UserError("No reference files were given to add to the context; name at least one.")
    cache = Cache(open_context(folder, context).path)
    with staged(cache) as copy:
        start = open_context(cache.root, context)
        request = {
            "task": "add",
            "context": start.context,
            "files": [str(path) for path in sources],
            "references": str(cache.root),
        }
        answer = run_worker(copy, request)
        trial = trial_from_json(answer["trial"])
        _refuse(trial, forced=force)
        install(copy, cache)
        if answer["context"] != start.context:
            write_server_config(cache, read_server_config(cache), answer["context"], answer["crds_version"])
    added = tuple(AddedReference(Path(file), name, new) for file, name, new in answer["added"])
    return PrivateContext(start.path, answer["context"], added, trial)


def _refuse(trial: TrialInsertion, *, forced: bool) -> None:
    """Refuse files that crds refuses, and unless forced those against which the trial speaks."""
    tried = {str(file.source) for file in trial.files}
    final = [finding for finding in trial.stopping if not tried.issuperset(finding.files)]
    reasons = final if forced else trial.stopping
    if reasons:
        said = "; ".join(finding.sentence.removesuffix(".") for finding in reasons)
        raise UserError(f"Nothing was added to the context: {said}.")
