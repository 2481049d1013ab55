"""The description of a label, from what its creator or correction declares."""

from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from mkrefs.contract.creator import AnyCreator
from mkrefs.contract.image_correction import ImageCorrection
from mkrefs.gate.rules import checks_of
from mkrefs.instruments.reference_types import REFERENCE_TYPES, canonical_reftype
from mkrefs.registry.plugins import Plugins


def description(label: str, plugins: Plugins) -> str:
    """Describe a label: what it makes or corrects, inputs, steps, selectors and every parameter.

    Raises
    ------
    UserError
        If no installed plugin has the label.
    """
    if label in plugins.corrections:
        lines = _correction(plugins.corrections[label], plugins)
    else:
        lines = _creator(plugins.creator(label), plugins)
    return "\n".join([*lines, "", "Parameters", *_parameters(plugins.labels[label].Parameters)])


def _creator(creator: type[AnyCreator], plugins: Plugins) -> list[str]:
    return [
        f"{creator.label} ({plugins.origin(creator.label)})",
        f"  makes      {creator.reftype} reference files, in {creator.unit}",
        f"  measures   {creator.measures}",
        f"  from       {creator.imtypes}",
        *_steps(creator),
        *_selectors(creator),
        f"  combiner   {creator.combiner}",
        f"  checks     {', '.join(checks_of(plugins.checks, creator.reftype, creator.checks))}",
    ]


def _correction(correction: type[ImageCorrection], plugins: Plugins) -> list[str]:
    cubes = " and cubes of integrations" if correction.planes == "integrations" else ""
    changes = ", ".join(sorted(correction.changes))
    return [
        f"{correction.label} ({plugins.origin(correction.label)})",
        f"  corrects   images{cubes}",
        f"  measures   {correction.measures}",
        f"  from       {correction.imtypes}",
        f"  together   {', '.join(correction.same) or 'all'} agreeing",
        *_steps(correction),
        f"  standing   {f'it may {changes} pixels' if changes else 'it changes that of no pixel'}",
    ]


def _parameters(model: type[BaseModel], section: str = "") -> list[str]:
    """Describe parameters; those of a section within the section follow it, by ``section.name``."""
    lines: list[str] = []
    for name, info in model.model_fields.items():
        lines += _parameter(f"{section}{name}", info)
        if isinstance(info.annotation, type) and issubclass(info.annotation, BaseModel):
            lines += _parameters(info.annotation, f"{section}{name}.")
    return lines


def _steps(declared: type[AnyCreator] | type[ImageCorrection]) -> list[str]:
    return [
        f"  ssbsteps   {steps or 'none: raw exposures'}" + ("" if instrument == "*" else f"  ({instrument})")
        for instrument, steps in sorted(declared.ssbsteps.items())
    ]


def _selectors(creator: type[AnyCreator]) -> list[str]:
    selectors = REFERENCE_TYPES[canonical_reftype(creator.reftype)].selectors
    by_keywords: dict[tuple[str, ...], list[str]] = {}
    for instrument, keywords in selectors.items():
        by_keywords.setdefault(keywords, []).append(instrument)
    return [
        f"  selectors  {', '.join(keywords)}  ({', '.join(instruments)})"
        for keywords, instruments in by_keywords.items()
    ]


def _parameter(name: str, info: FieldInfo) -> list[str]:
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    unit = f" {extra['unit']}" if extra.get("unit") else ""
    default = "required" if info.is_required() else f"default {info.default!r}{unit}"
    return [f"  {name}: {_type_name(info.annotation)}, {default}{_limits(info)}", f"      {info.description}"]


def _type_name(annotation: Any) -> str:
    if get_origin(annotation) is Literal:
        return f"one of {', '.join(map(str, get_args(annotation)))}"
    return annotation.__name__ if isinstance(annotation, type) else str(annotation).replace("typing.", "")


def _limits(info: FieldInfo) -> str:
    words = {"ge": ">=", "gt": ">", "le": "<=", "lt": "<"}
    found = [
        f"{sign} {getattr(limit, name)}"
        for limit in info.metadata
        for name, sign in words.items()
        if hasattr(limit, name)
    ]
    return f", {' and '.join(found)}" if found else ""
