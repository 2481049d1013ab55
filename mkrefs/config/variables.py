"""``$VARIABLES`` and ``~`` in the values of a configuration."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from mkrefs.config.marks import Node

_VARIABLE = re.compile(r"\$(?:(?P<escape>\$)|(?P<name>[A-Za-z_]\w*)|\{(?P<braced>[A-Za-z_]\w*)\})")


def expand(text: str, environment: Mapping[str, str]) -> tuple[str, tuple[str, ...]]:
    """Replace variables and a leading ``~`` in a text.

    Parameters
    ----------
    text : str
        Text with ``$NAME`` or ``${NAME}``; ``$$`` stands for a dollar sign, any other ``$`` for itself.
    environment : mapping of str to str
        The variables; an empty one counts as not set.

    Returns
    -------
    str
        The text; variables that are not set remain as written.
    tuple of str
        Names of the variables that are not set.
    """
    missing: list[str] = []

    def replacement(match: re.Match[str]) -> str:
        if match["escape"]:
            return "$"
        name = match["name"] or match["braced"]
        if environment.get(name):
            return environment[name]
        missing.append(name)
        return match[0]

    expanded = _VARIABLE.sub(replacement, text)
    if text == "~" or text.startswith("~/"):
        expanded = str(Path.home()) + expanded[1:]
    return expanded, tuple(dict.fromkeys(missing))


def expand_node(node: Node, environment: Mapping[str, str] = os.environ) -> Node:
    """Expand every text below a node."""
    value = node.value
    if isinstance(value, str):
        return replace(node, value=expand(value, environment)[0])
    if isinstance(value, tuple):
        return replace(node, value=tuple(expand_node(entry, environment) for entry in value))
    if isinstance(value, Mapping):
        return replace(node, value={key: expand_node(entry, environment) for key, entry in value.items()})
    return node


def unset(
    node: Node, key: str = "", environment: Mapping[str, str] = os.environ
) -> Iterator[tuple[Node, str, str]]:
    """Find the variables below a node that are not set: each with the text it stands in and its key."""
    value = node.value
    if isinstance(value, str):
        for name in expand(value, environment)[1]:
            yield node, key, name
    elif isinstance(value, tuple):
        for entry in value:
            yield from unset(entry, key, environment)
    elif isinstance(value, Mapping):
        for name, entry in value.items():
            yield from unset(entry, f"{key}.{name}" if key else name, environment)


def unset_message(name: str) -> str:
    """Say that a variable is not set, and what to do."""
    return f"the environment variable {name} is not set; set it, or write the value itself ($$ for a plain $)"
