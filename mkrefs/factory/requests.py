"""From configuration and creators to what planning is asked for."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from mkrefs.config import Config, label_settings
from mkrefs.contract.creator import Creator
from mkrefs.contract.imtypes import parse_imtypes
from mkrefs.contract.parameters import incidental_parameters
from mkrefs.errors import UserError
from mkrefs.factory.reference_sources import comparison_source, pipeline_references
from mkrefs.gate.rules import checks_of
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
        If a combiner is not installed, or a reference file for the pipeline or a file that the creator reads
        does not exist.
    """
    creator = plugins.creator(label)
    settings = label_settings(config, creator)
    imtypes = parse_imtypes(settings.imtypes)
    references = pipeline_references(settings)
    checks = checks_of(plugins.checks, settings.reftype, creator.checks)
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
        overrides=references.overrides,
        override_detectors=references.detectors,
        layers=references.layers,
        tests=settings.tests,
        verify=settings.verify,
        validation=comparison_source(config, settings.reftype),
        save_steps=config.output.ssb_save_steps if settings.save_steps is None else settings.save_steps,
        products={letter: names for letter, names in creator.products.items() if letter in imtypes.counts},
        checks=checks,
        limits=dict(settings.limits),
        certify_individuals=config.output.certify_individuals,
        incidental=incidental_parameters(creator.Parameters),
        files=_existing(label, creator.files(settings.parameters)),
        plugin=str(plugins.creator_origins[label]),
        combiner_plugin=str(plugins.combiner_origins[settings.combiner]),
        check_plugin=", ".join(sorted({str(plugins.check_origins[name]) for name in checks})),
    )


def _existing(label: str, files: Sequence[str]) -> tuple[str, ...]:
    """Give the absolute paths of the files that the parameters of a label name; refuse what is not there."""
    paths = [Path(file).expanduser().absolute() for file in files]
    for path in paths:
        if not path.is_file():
            raise UserError(f"{label}: {path}, which its parameters name, is no file; correct the path.")
    return tuple(map(str, paths))


def _same(creator: type[Creator]) -> Mapping[str, tuple[str, ...]]:
    selectors = REFERENCE_TYPES[canonical_reftype(creator.reftype)].selectors
    same = {instrument: (*keywords, *creator.same) for instrument, keywords in selectors.items()}
    return {"*": creator.same, **same}
