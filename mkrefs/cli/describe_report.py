"""The description of a label, from what its creator declares."""

from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from mkrefs.contract.creator import Creator
from mkrefs.gate.rules import checks_of
from mkrefs.instruments.reference_types import REFERENCE_TYPES, canonical_reftype
from mkrefs.registry.plugins import Plugins


def description(label: str, plugins: Plugins) -> str:
    """Describe a label: what it makes, inputs, steps, selectors and every parameter.

    Raises
    ------
    UserError
        If no installed plugin has the label.
    """
    creator = plugins.creator(label)
    lines = [
        f"{label} ({plugins.creator_origins[label]})",
        f"  makes      {creator.reftype} reference files, in {creator.unit}",
        f"  measures   {creator.measures}",
        f"  from       {creator.imtypes}",
        *_steps(creator),
        *_selectors(creator),
        f"  combiner   {creator.combiner}",
        f"  checks     {', '.join(checks_of(plugins.checks, creator.reftype, creator.checks))}",
        "",
        "Parameters",
    ]
    for name, info in creator.Parameters.model_fields.items():
        lines += _parameter(name, info)
    return "\n".join(lines)


def _steps(creator: type[Creator]) -> list[str]:
    return [
        f"  ssbsteps   {steps or 'none: raw exposures'}" + ("" if instrument == "*" else f"  ({instrument})")
        for instrument, steps in sorted(creator.ssbsteps.items())
    ]


def _selectors(creator: type[Creator]) -> list[str]:
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
