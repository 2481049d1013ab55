"""From configuration and creators to what planning is asked for."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mkrefs.config import Config, CorrectionSettings, correction_settings, label_settings
from mkrefs.config.labels import Labelled
from mkrefs.contract.creator import AnyCreator, ImageCreator
from mkrefs.contract.imtypes import parse_imtypes
from mkrefs.contract.parameters import incidental_parameters
from mkrefs.errors import UserError
from mkrefs.factory.reference_sources import comparison_source, pipeline_references
from mkrefs.gate.rules import checks_of
from mkrefs.instruments.reference_types import REFERENCE_TYPES, canonical_reftype
from mkrefs.planning.request import CorrectionRequest, LabelRequest
from mkrefs.registry.plugins import Plugins

#: What planning is asked to do for a label of either kind.
Request = LabelRequest | CorrectionRequest


def request_for(label: str, config: Config, plugins: Plugins) -> Request:
    """Compose the request for a label, be it a creator's or a correction's."""
    if label in plugins.corrections:
        return correction_request(label, config, plugins)
    return label_request(label, config, plugins)


def settings_for(label: str, config: Config, plugins: Plugins) -> CorrectionSettings:
    """Give the settings under which a label runs, be it a creator's or a correction's."""
    if label in plugins.corrections:
        return correction_settings(config, plugins.corrections[label])
    return label_settings(config, plugins.creator(label))


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
    checks = checks_of(plugins.checks, settings.reftype, creator.checks)
    return LabelRequest(
        **_inputs(settings, creator, config),
        reftype=settings.reftype,
        planes=creator.planes if issubclass(creator, ImageCreator) else "",
        same=_same(creator),
        combiner=settings.combiner,
        combiner_parameters=settings.combiner_parameters.model_dump(mode="json"),
        tests=settings.tests,
        verify=settings.verify,
        validation=comparison_source(config, settings.reftype),
        products={letter: names for letter, names in creator.products.items() if letter in imtypes.counts},
        checks=checks,
        limits=dict(settings.limits),
        certify_individuals=config.output.certify_individuals,
        plugin=str(plugins.creator_origins[label]),
        combiner_plugin=str(plugins.combiner_origins[settings.combiner]),
        check_plugin=", ".join(sorted({str(plugins.check_origins[name]) for name in checks})),
    )


def correction_request(label: str, config: Config, plugins: Plugins) -> CorrectionRequest:
    """Compose the request for one correction of images.

    Parameters
    ----------
    label : str
        An installed correction.
    config : Config
        The configuration in force.
    plugins : Plugins
        What is installed.

    Returns
    -------
    CorrectionRequest

    Raises
    ------
    UserError
        If a reference file for the pipeline or a file that the correction reads does not exist.
    """
    correction = plugins.correction(label)
    settings = correction_settings(config, correction)
    return CorrectionRequest(
        **_inputs(settings, correction, config),
        planes=correction.planes,
        acquisitions=correction.acquisitions,
        same=("INSTRUME", *(keyword for keyword in correction.same if keyword != "INSTRUME")),
        suffix=correction.suffix,
        plugin=str(plugins.correction_origins[label]),
    )


def _inputs(settings: CorrectionSettings, declared: Labelled, config: Config) -> dict[str, Any]:
    """Give what the request of any label has."""
    imtypes = parse_imtypes(settings.imtypes)
    references = pipeline_references(settings)
    return {
        "label": settings.label,
        "imtypes": imtypes,
        "ssbsteps": declared.ssbsteps if settings.ssbsteps is None else {"*": settings.ssbsteps},
        "window": config.windows.get(imtypes.canonical),
        "parameters": settings.parameters.model_dump(mode="json"),
        "images_from": settings.images_from,
        "overrides": references.overrides,
        "override_detectors": references.detectors,
        "layers": references.layers,
        "save_steps": config.output.ssb_save_steps if settings.save_steps is None else settings.save_steps,
        "incidental": incidental_parameters(declared.Parameters),
        "files": _existing(settings.label, declared.files(settings.parameters)),
    }


def _existing(label: str, files: Sequence[str]) -> tuple[str, ...]:
    """Give the absolute paths of the files that the parameters of a label name; refuse what is not there."""
    paths = [Path(file).expanduser().absolute() for file in files]
    for path in paths:
        if not path.is_file():
            raise UserError(f"{label}: {path}, which its parameters name, is no file; correct the path.")
    return tuple(map(str, paths))


def _same(creator: type[AnyCreator]) -> Mapping[str, tuple[str, ...]]:
    selectors = REFERENCE_TYPES[canonical_reftype(creator.reftype)].selectors
    same = {instrument: (*keywords, *creator.same) for instrument, keywords in selectors.items()}
    return {"*": creator.same, **same}
