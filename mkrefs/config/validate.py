"""One section checked against its pydantic model, every mistake put in words a user can act on."""

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from mkrefs.config.marks import Node
from mkrefs.config.problems import Problem, did_you_mean, nearest
from mkrefs.config.variables import expand_node, unset, unset_message

Model = TypeVar("Model", bound=BaseModel)
Path = tuple[str | int, ...]

_SUBJECT = re.compile(r"^[A-Z]\w* should ")
_PLAINER = (
    ("a valid boolean", "True or False"),
    ("a valid string", "text"),
    ("a valid number", "a number"),
    ("a valid integer", "an integer"),
    ("a valid dictionary", "a mapping of keys to values"),
    ("a valid mapping", "a mapping of keys to values"),
    ("a valid list", "a list"),
    ("a valid tuple", "a list"),
)


def validate(
    model: type[Model],
    node: Node,
    key: str,
    *,
    also: Collection[str] = (),
    keep_unset: Collection[str] = (),
) -> tuple[Model | None, list[Problem]]:
    """Make a model of one section.

    Parameters
    ----------
    model : type
        The pydantic model.
    node : Node
        The section; entries without a value mean the default.
    key : str
        Name of the section, for messages; empty at the top level.
    also : collection of str
        Other keys the section may have, to be named among those allowed.
    keep_unset : collection of str
        Entries in which a variable may be unset.

    Returns
    -------
    model or None
        The values, wrong ones left at their defaults; None if there is no default.
    list of Problem
        All mistakes.
    """
    if node.value is not None and not node.is_mapping:
        message = f"must be a section of keys with values, not {node.plain()!r}"
        return None, [node.problem(key, message)]
    given = node.without_empty() if node.is_mapping else replace(node, value={})
    problems: list[Problem] = []
    entries: dict[str, Node] = {}
    for name, entry in given.entries.items():
        missing = () if name in keep_unset else tuple(unset(entry, _join(key, name)))
        problems += [where.problem(at, unset_message(variable)) for where, at, variable in missing]
        if not missing:
            entries[name] = expand_node(entry)
    section = replace(given, value=entries)
    value, found = _attempt(model, section)
    absent = set(given.entries) - set(entries)
    details = [detail for detail in found if not (detail["loc"] and detail["loc"][0] in absent)]
    allowed = [*also, *(info.alias or name for name, info in model.model_fields.items())]
    problems += _translate(details, section, key, allowed)
    if value is None:
        wrong = {detail["loc"][0] for detail in found if detail["loc"]}
        right = {name: entry for name, entry in entries.items() if name not in wrong}
        section = replace(section, value=right)
        value, _ = _attempt(model, section)
    if value is not None:
        problems += _booleans(section, value, key)
    return value, problems


def _attempt(model: type[Model], section: Node) -> tuple[Model | None, list[ErrorDetails]]:
    """Validate; where text is wanted and a number was read, take the number as it was written."""
    data = section.plain()
    value, details = _validated(model, data)
    replaced = [_as_written(data, section, detail) for detail in details]
    return _validated(model, data) if any(replaced) else (value, details)


def _validated(model: type[Model], data: Any) -> tuple[Model | None, list[ErrorDetails]]:
    try:
        return model.model_validate(data), []
    except ValidationError as error:
        return None, error.errors(include_url=False)


def _as_written(data: Any, section: Node, detail: ErrorDetails) -> bool:
    """Put the text of a scalar in the place of its value, if that is what is missing."""
    node, path = section.nearest(detail["loc"])
    if detail["type"] != "string_type" or path != detail["loc"] or not (path and node.text):
        return False
    for step in path[:-1]:
        data = data[step]
    data[path[-1]] = node.text
    return True


def _translate(details: list[ErrorDetails], section: Node, key: str, allowed: list[str]) -> list[Problem]:
    """Turn pydantic's errors into problems; the branches of a union make one."""
    messages: dict[tuple[str, Node], list[str]] = {}
    for detail in details:
        node, path = section.nearest(detail["loc"])
        if detail["type"] == "missing":
            path = detail["loc"]
        place = key
        for step in path:
            place = f"{place}[{step}]" if isinstance(step, int) else _join(place, step)
        message = _message(detail, allowed)
        messages.setdefault((place, _hashable(node)), []).append(message)
    return [
        node.problem(place, " or ".join(dict.fromkeys(texts))) for (place, node), texts in messages.items()
    ]


def _hashable(node: Node) -> Node:
    """Keep the origin alone."""
    return replace(node, value=None)


def _message(detail: ErrorDetails, allowed: list[str]) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "extra_forbidden":
        name = str(detail["loc"][-1])
        names = allowed if len(detail["loc"]) == 1 else []
        return f"unknown key '{name}'" + (f"; {did_you_mean(name, names)}" if names else "")
    if kind == "missing":
        return "is required"
    if kind in ("value_error", "assertion_error"):
        return str(context["error"])
    text = _SUBJECT.sub("must ", detail["msg"]).split(", unable")[0]
    for formal, plain in _PLAINER:
        text = text.replace(formal, plain)
    given = detail["input"]
    if not isinstance(given, Mapping | list | tuple):
        text += f", not {given!r}"
    if kind in ("literal_error", "enum"):
        near = nearest(str(given), re.findall(r"'([^']*)'", str(context["expected"])))
        text += f"; did you mean '{near}'?" if near else ""
    return text


def _booleans(section: Node, value: BaseModel, key: str) -> list[Problem]:
    """Find numbers given as True or False, which pydantic would take for 1 and 0."""
    return [
        node.problem(_join(key, name), f"must be a number, not {node.value}")
        for name, node in section.entries.items()
        if isinstance(node.value, bool) and type(getattr(value, name, None)) in (int, float)
    ]


def _join(section: str, key: str) -> str:
    return f"{section}.{key}" if section else key
