"""From configuration and creators to what planning is asked for."""

from collections.abc import Mapping
from pathlib import Path

from mkrefs.catalog import expand_inputs
from mkrefs.catalog.input_file import inspect_file
from mkrefs.catalog.keywords import read_keywords
from mkrefs.config import Config, LabelSettings, label_settings
from mkrefs.contract.creator import Creator
from mkrefs.contract.imtypes import parse_imtypes
from mkrefs.contract.parameters import incidental_parameters
from mkrefs.errors import UserError
from mkrefs.instruments.reference_types import REFERENCE_TYPES, canonical_reftype
from mkrefs.planning.request import LabelRequest
from mkrefs.registry.plugins import Plugins


def label_request(label: str, config: Config, plugins: Plugins) -> LabelRequest:
    """Compose the request for one label.

    Parameters
    ----------
    label : str
        An installed label.
    config : Config
        The configuration in force.
    plugins : Plugins
        What is installed.

    Returns
    -------
    LabelRequest

    Raises
    ------
    UserError
        If a combiner is not installed or a reference file for the pipeline does not exist.
    """
    creator = plugins.creator(label)
    settings = label_settings(config, creator)
    imtypes = parse_imtypes(settings.imtypes)
    return LabelRequest(
        label=label,
        reftype=settings.reftype,
        imtypes=imtypes,
        ssbsteps=creator.ssbsteps if settings.ssbsteps is None else {"*": settings.ssbsteps},
        window=config.windows.get(imtypes.canonical),
        same=_same(creator),
        parameters=settings.parameters.model_dump(mode="json"),
        combiner=settings.combiner,
        combiner_parameters=settings.combiner_parameters.model_dump(mode="json"),
        overrides=_overrides(settings),
        incidental=incidental_parameters(creator.Parameters),
        plugin=str(plugins.creator_origins[label]),
        combiner_plugin=str(plugins.combiner_origins[settings.combiner]),
    )


def _same(creator: type[Creator]) -> Mapping[str, tuple[str, ...]]:
    selectors = REFERENCE_TYPES[canonical_reftype(creator.reftype)].selectors
    same = {instrument: (*keywords, *creator.same) for instrument, keywords in selectors.items()}
    return {"*": creator.same, **same}


def _overrides(settings: LabelSettings) -> Mapping[str, str]:
    wanted = {reftype: text for reftype, text in settings.reffile4ssb.items() if text != "CRDS"}
    return {reftype: _one_file(text, reftype, settings.label) for reftype, text in wanted.items()}


def _one_file(text: str, reftype: str, label: str) -> str:
    """Find the file that a path or pattern names."""
    found = expand_inputs([text])
    if len(found) != 1 or not Path(found[0]).is_file():
        problem = f"names {len(found)} files" if len(found) > 1 else "does not exist"
        raise UserError(
            f"reffile4ssb.{reftype}: {text}, wanted by label '{label}', {problem}; "
            "give CRDS, or the path or pattern of one file."
        )
    _check_reftype(found[0], reftype, label)
    return str(Path(found[0]).resolve())


def _check_reftype(path: str, reftype: str, label: str) -> None:
    """Refuse a file of another type; what is no FITS file at all the pipeline refuses."""
    headers = inspect_file(str(Path(path).absolute())).headers
    found = read_keywords(headers, ("REFTYPE",))["REFTYPE"] if headers is not None else None
    if found is not None and str(found).upper() != reftype.upper():
        raise UserError(
            f"reffile4ssb.{reftype}: {path}, wanted by label '{label}', has REFTYPE {found}; "
            f"give a {reftype} reference file."
        )
