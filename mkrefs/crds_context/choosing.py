"""Chooses reference files by crds' own rules. For the child process only."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from crds.core import heavy_client
from stdatamodels.jwst import datamodels

from mkrefs.crds_context.cache import Cache
from mkrefs.crds_context.insertion import insert_references
from mkrefs.crds_context.rules import listed_reftypes

#: A day after every USEAFTER.
_LATEST = {"meta.observation.date": "2999-12-31", "meta.observation.time": "23:59:59.000"}
_NOT_FOUND = "NOT FOUND"

_INSTRUMENT = "meta.instrument.name"

Chosen = tuple[str, bool, str]
Parameters = dict[str, Any]


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
        ``refused`` and ``unreadable``: what speaks against files of the layer and exposures, in which case
        nothing else counts; ``chosen``: by exposure and type the file, whether it is of the layer, and the
        reason if there is none.
    """
    parameters, unreadable = _all_parameters(request["exposures"], latest=request["latest"])
    if unreadable:
        return {"refused": [], "unreadable": unreadable, "chosen": {}}
    files = [Path(file) for file in request["files"]]
    layered = insert_references(
        copy, Cache(Path(request["references"])), request["context"], files, link=True
    )
    if layered.refused:
        refused = [finding.sentence for finding in layered.refused]
        return {"refused": refused, "unreadable": [], "chosen": {}}
    own = {name: source for source, name, _ in layered.added}
    return {
        "refused": [],
        "unreadable": [],
        "chosen": {
            exposure: _of_exposure(copy.mappings, found, layered.context, request["reftypes"], own)
            for exposure, found in parameters.items()
        },
    }


def _all_parameters(exposures: Sequence[str], *, latest: bool) -> tuple[dict[str, Parameters], list[str]]:
    """Read the parameters by which CRDS chooses for exposures, and say which cannot be read."""
    found: dict[str, Parameters] = {}
    unreadable = []
    for exposure in exposures:
        try:
            # Headers alone: the file may be an exposure or a reference file, with arrays of any kind.
            with datamodels.JwstDataModel(exposure) as model:
                found[exposure] = model.get_crds_parameters() | (_LATEST if latest else {})
        except (OSError, ValueError) as error:
            reason = " ".join(str(error).split())
            unreadable.append(f"{exposure}: this is no exposure, its header cannot be read ({reason})")
            continue
        if not found[exposure].get(_INSTRUMENT):
            unreadable.append(f"{exposure}: this is no exposure of JWST, its header lacks INSTRUME")
    return found, unreadable


def _of_exposure(
    mappings: Path, parameters: Parameters, context: str, reftypes: Sequence[str], own: dict[str, str]
) -> dict[str, Chosen]:
    asked = list(reftypes) or list(listed_reftypes(mappings, context, str(parameters[_INSTRUMENT])))
    best = heavy_client.hv_best_references(context, parameters, asked)
    return {reftype: _choice(str(best.get(reftype, "N/A")), own) for reftype in asked}


def _choice(name: str, own: dict[str, str]) -> Chosen:
    if name.upper() in ("N/A", f"{_NOT_FOUND} N/A"):
        return ("", False, "n/a")
    if name.startswith(_NOT_FOUND):
        return ("", False, " ".join(name.removeprefix(_NOT_FOUND).split()))
    return (own.get(name, name), name in own, "")
