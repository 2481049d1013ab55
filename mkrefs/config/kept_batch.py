"""Section ``batch`` as an earlier run kept it, with what the command line sets over it now."""

from collections.abc import Mapping
from typing import Any

from mkrefs.config.batch import Batch
from mkrefs.config.checks import batch_problems
from mkrefs.config.layers import Overrides, command_line, merged
from mkrefs.config.marks import Node
from mkrefs.config.problems import ConfigError, Problem
from mkrefs.config.validate import validate

_SECTION = "batch"


def kept_batch(values: Mapping[str, Any], source: str, overrides: Overrides) -> Batch:
    """Read the section from the values that a run kept.

    Parameters
    ----------
    values : mapping of str to object
        JSON values of the keys; what is missing has its default.
    source : str
        Where they come from, for messages.
    overrides : Overrides
        What the command line sets, in section ``batch`` alone.

    Returns
    -------
    Batch

    Raises
    ------
    ConfigError
        With everything that is wrong.
    """
    problems: list[Problem] = []
    kept = Node({_SECTION: _node(dict(values), source)}, source)
    declared = {_SECTION: tuple(Batch.model_fields)}
    root = merged([kept, *command_line(overrides, declared, (_SECTION,), problems)])
    batch, found = validate(Batch, root.entries[_SECTION], _SECTION)
    problems += found
    if batch is not None:
        problems += list(batch_problems(root, batch, problems))
    if problems or batch is None:
        raise ConfigError(problems)
    return batch


def _node(value: Any, source: str) -> Node:
    """Give values as a configuration has them; their variables were replaced when they were first read."""
    if isinstance(value, Mapping):
        return Node({str(key): _node(each, source) for key, each in value.items()}, source)
    if isinstance(value, list | tuple):
        return Node(tuple(_node(each, source) for each in value), source)
    return Node(value.replace("$", "$$") if isinstance(value, str) else value, source)
