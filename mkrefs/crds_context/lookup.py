"""Which reference files the rules of a context give to exposures, with files of one's own layered over it.

The rules are crds' own; the context in force and its cache stay as they are.
"""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mkrefs.crds_context.cache import Cache
from mkrefs.crds_context.private_context import rules_in_force
from mkrefs.crds_context.process import run_worker
from mkrefs.crds_context.staging import link_rules
from mkrefs.errors import UserError
from mkrefs.jobs.crds_state import CrdsState


@dataclass(frozen=True, slots=True)
class Choice:
    """What the rules give for one exposure and type.

    Attributes
    ----------
    file : str
        Path of a file of the layer, or the name of one of the context in force; empty if there is none.
    layered : bool
        Whether it is one of the layer.
    reason : str
        Why there is none; ``n/a`` where the context says that the type is not needed.
    """

    file: str
    layered: bool = False
    reason: str = ""


Choices = Mapping[str, Mapping[str, Choice]]


def choose_references(
    state: CrdsState,
    exposures: Sequence[Path],
    reftypes: Sequence[str],
    *,
    layer: Sequence[Path] = (),
    latest: bool = False,
) -> Choices:
    """Have crds choose reference files by its rules.

    Parameters
    ----------
    state : CrdsState
        Cache and context in force; what is empty is taken from the environment.
    exposures : sequence of Path
        Files whose headers are matched: exposures, or reference files that stand for those they are for.
    reftypes : sequence of str
        Reference types as CRDS names them, in lower case; for each exposure all of its instrument if none
        is given.
    layer : sequence of Path
        Reference files that are put over the context, in a private copy of its rules.
    latest : bool
        Match the headers as if they were of today or later: the most recent files are chosen.

    Returns
    -------
    mapping of str to mapping of str to Choice
        By path as given, and by type.

    Raises
    ------
    UserError
        If there is no context whose rules are at hand, an exposure cannot be read, or CRDS refuses a file of
        the layer.
    """
    cache, context = rules_in_force(state, "to choose reference files")
    with tempfile.TemporaryDirectory(prefix="mkrefs-choose-") as folder:
        copy = Cache(Path(folder))
        link_rules(cache, copy)
        request = {
            "task": "choose",
            "context": context,
            "references": str(cache.root),
            "files": [str(path) for path in layer],
            "exposures": [str(path) for path in exposures],
            "reftypes": list(reftypes),
            "latest": latest,
        }
        answer = run_worker(copy, request)
    if answer["unreadable"]:
        raise UserError(f"{'; '.join(answer['unreadable'])}.")
    if answer["refused"]:
        reasons = "; ".join(reason.removesuffix(".") for reason in answer["refused"])
        raise UserError(
            f"{context} cannot take the new reference files: {reasons}; make those that compete in runs of "
            "their own, or give reffile4ssb CRDS or a single file for the type."
        )
    return {
        exposure: {reftype: Choice(*choice) for reftype, choice in found.items()}
        for exposure, found in answer["chosen"].items()
    }
