"""Chooses reference files by crds' own rules. For the child process only."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from crds.core import heavy_client
from stdatamodels.jwst import datamodels

from mkrefs.crds_context.cache import Cache
from mkrefs.crds_context.insertion import insert_references

#: A day after every USEAFTER.
_LATEST = {"meta.observation.date": "2999-12-31", "meta.observation.time": "23:59:59.000"}
_NOT_FOUND = "NOT FOUND"

Chosen = tuple[str, bool, str]


def choose(copy: Cache, request: dict[str, Any]) -> dict[str, Any]:
    """Put files over a context in a staged cache, and ask its rules for the best references.

    Parameters
    ----------
    copy : Cache
        The staged cache; CRDS_PATH names it.
    request : dict
        As `mkrefs.crds_context.lookup` composes it.

    Returns
    -------
    dict
        ``refused``: reasons, in which case nothing else counts; ``chosen``: by exposure and type the file,
        whether it is of the layer, and the reason if there is none.
    """
    files = [Path(file) for file in request["files"]]
    layered = insert_references(
        copy, Cache(Path(request["references"])), request["context"], files, link=True
    )
    if layered["refused"]:
        return {"refused": layered["refused"], "chosen": {}}
    own = {name: source for source, name, _ in layered["added"]}
    return {
        "refused": [],
        "chosen": {
            exposure: _of_exposure(exposure, layered["context"], request["reftypes"], own, request["latest"])
            for exposure in request["exposures"]
        },
    }


def _of_exposure(
    exposure: str, context: str, reftypes: Sequence[str], own: dict[str, str], latest: bool
) -> dict[str, Chosen]:
    # Headers alone: the file may be an exposure or a reference file, with arrays of any kind.
    with datamodels.JwstDataModel(exposure) as model:
        parameters = model.get_crds_parameters() | (_LATEST if latest else {})
    best = heavy_client.hv_best_references(context, parameters, list(reftypes))
    return {reftype: _choice(str(best.get(reftype, "N/A")), own) for reftype in reftypes}


def _choice(name: str, own: dict[str, str]) -> Chosen:
    if name.upper() in ("N/A", f"{_NOT_FOUND} N/A"):
        return ("", False, "n/a")
    if name.startswith(_NOT_FOUND):
        return ("", False, " ".join(name.removeprefix(_NOT_FOUND).split()))
    return (own.get(name, name), name in own, "")
