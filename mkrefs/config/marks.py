"""YAML read as plain data in which every value knows its file and line.

Only text, numbers, booleans, lists and mappings come out; nothing is ever executed. What the keys mean is
not known here.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from mkrefs.config.problems import COMMAND_LINE, ConfigError, Problem

_TAG = "tag:yaml.org,2002:"
_AS_WRITTEN = {_TAG + name for name in ("str", "timestamp", "value", "merge")}
_DECIMAL = re.compile(r"[-+]?[0-9][0-9_]*")
_MOST_NODES = 100_000
_DEEPEST = 50
#: A loader of no text, for its stateless rules on plain scalars and merge keys.
_RULES: Any = yaml.SafeLoader("")
_READERS: Mapping[str, Callable[[yaml.ScalarNode], Any]] = {
    "bool": _RULES.construct_yaml_bool,
    "int": _RULES.construct_yaml_int,
    "float": _RULES.construct_yaml_float,
}

_TOO_DEEP = "the values are nested too deeply to be read"

Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Node:
    """A value with its origin.

    Attributes
    ----------
    value : mapping of str to Node, tuple of Node, or scalar
        The value; numbers keep their text beside them.
    source : str
        File as it was given, or the command-line option.
    line : int
        Line of the key (of the value in a list), from 1; 0 on the command line.
    text : str
        A scalar as it was written.
    """

    value: "Mapping[str, Node] | tuple[Node, ...] | Scalar"
    source: str
    line: int = 0
    text: str = ""

    @property
    def entries(self) -> "Mapping[str, Node]":
        """The entries of a mapping; none for anything else."""
        return self.value if isinstance(self.value, Mapping) else {}

    @property
    def is_mapping(self) -> bool:
        """Whether this is a mapping."""
        return isinstance(self.value, Mapping)

    @property
    def where(self) -> str:
        """File and line, for messages."""
        return f"{self.source}:{self.line}" if self.line else self.source

    def without_empty(self) -> "Node":
        """Leave out the entries that have no value: they mean the default."""
        if not isinstance(self.value, Mapping):
            return self
        return replace(self, value={key: node for key, node in self.value.items() if node.value is not None})

    def plain(self) -> Any:
        """Give the value as plain dicts, lists and scalars."""
        if isinstance(self.value, Mapping):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, tuple):
            return [node.plain() for node in self.value]
        return self.value

    def nearest(self, path: tuple[str | int, ...]) -> "tuple[Node, tuple[str | int, ...]]":
        """Follow a path as far as it exists; give the node reached and the path to it."""
        node = self
        for depth, step in enumerate(path):
            if isinstance(node.value, Mapping) and step in node.value:
                node = node.value[str(step)]
            elif isinstance(node.value, tuple) and isinstance(step, int) and step < len(node.value):
                node = node.value[step]
            else:
                return node, path[:depth]
        return node, path

    def problem(self, key: str, message: str) -> Problem:
        """Say what is wrong with this value."""
        return Problem(self.source, self.line, key, message)


def read_file(path: Path) -> tuple[Node, list[Problem]]:
    """Read a configuration file.

    Parameters
    ----------
    path : Path
        The file; an empty one is an empty mapping.

    Returns
    -------
    Node
        The top-level mapping; empty if the file cannot be read.
    list of Problem
        What is wrong with the file as YAML.
    """
    source = str(path)
    empty = Node({}, source, 1)
    try:
        content = path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return empty, [Problem(source, 0, "", f"the configuration file cannot be read: {reason}")]
    try:
        node, problems = _read(content, source)
    except ConfigError as error:
        return empty, list(error.problems)
    if node.value is None:
        return empty, problems
    if not node.is_mapping:
        message = "a configuration is a mapping of keys to values, such as 'instrument: NIRCam'"
        return empty, [*problems, Problem(source, node.line, "", message)]
    return node, problems


def read_value(text: str, source: str) -> Node:
    """Read a value given on the command line: a YAML scalar, or a list or mapping in brackets.

    Parameters
    ----------
    text : str
        The value. Unless it begins with a bracket or a quotation mark it is one plain scalar,
        whatever characters it holds.
    source : str
        The option, for messages.

    Raises
    ------
    ConfigError
        If the text is no YAML.
    """
    text = text.strip()
    if text[:1] in tuple("[{'\""):
        node, problems = _read(text.encode(errors="replace"), source)
        if problems:
            raise ConfigError(Problem(source, 0, problem.key, problem.message) for problem in problems)
        return _without_lines(node)
    tag = _RULES.resolve(yaml.ScalarNode, text, (True, False))
    return Node(_scalar(yaml.ScalarNode(tag, text)), source, 0, text)


def _without_lines(node: Node) -> Node:
    """Drop the line numbers, which mean nothing on the command line."""
    value = node.value
    if isinstance(value, Mapping):
        value = {key: _without_lines(entry) for key, entry in value.items()}
    elif isinstance(value, tuple):
        value = tuple(_without_lines(entry) for entry in value)
    return replace(node, value=value, line=0)


def _read(content: bytes, source: str) -> tuple[Node, list[Problem]]:
    """Compose and convert; a file that is no YAML raises, flaws inside it are listed."""
    reader = _Reader(source)
    try:
        # Not the compiled loader: deep nesting would end the process.
        root = yaml.compose(content, Loader=yaml.SafeLoader)
        node = Node(None, source, 1) if root is None else reader.convert(root, "")
    except yaml.YAMLError as error:
        raise ConfigError([_syntax_problem(error, content, source)]) from None
    except RecursionError:
        raise ConfigError([Problem(source, 0, "", _TOO_DEEP)]) from None
    return node, reader.problems


def _syntax_problem(error: yaml.YAMLError, content: bytes, source: str) -> Problem:
    """Put a YAML error in one sentence."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    reason = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
    column = f" (column {mark.column + 1})" if mark is not None else ""
    message = f"this is not valid YAML: {' '.join(str(reason).split())}{column}"
    if source.startswith(COMMAND_LINE):
        return Problem(source, 0, "", message)
    before = content.decode(errors="replace")[: getattr(error, "position", 0)]
    return Problem(source, 1 + (mark.line if mark is not None else before.count("\n")), "", message)


class _Reader:
    """Converts composed YAML into nodes and collects the flaws on the way."""

    def __init__(self, source: str) -> None:
        self.problems: list[Problem] = []
        self._source = source
        self._count = 0
        self._open: set[int] = set()

    def convert(self, node: yaml.Node, key: str, line: int = 0) -> Node:
        """Convert a node that stands at ``key``."""
        line = line or node.start_mark.line + 1
        self._count += 1
        if len(self._open) > _DEEPEST:
            raise ConfigError([Problem(self._source, line, "", _TOO_DEEP)])
        if self._count > _MOST_NODES or id(node) in self._open:
            reason = "an alias (*) repeats too much, or contains itself"
            raise ConfigError([Problem(self._source, line, key, reason)])
        self._open.add(id(node))
        try:
            text = node.value if isinstance(node, yaml.ScalarNode) else ""
            return Node(self._value(node, key, line), self._source, line, text)
        finally:
            self._open.discard(id(node))

    def _value(self, node: yaml.Node, key: str, line: int) -> Mapping[str, Node] | tuple[Node, ...] | Scalar:
        if isinstance(node, yaml.MappingNode) and node.tag == _TAG + "map":
            return self._mapping(node, key)
        if isinstance(node, yaml.SequenceNode) and node.tag == _TAG + "seq":
            return tuple(self.convert(entry, f"{key}[{i}]") for i, entry in enumerate(node.value))
        if isinstance(node, yaml.ScalarNode):
            try:
                return _scalar(node)
            except ValueError as error:
                self._add(line, key, str(error))
                return None
        self._add(line, key, _refused(node.tag))
        return None

    def _mapping(self, node: yaml.MappingNode, key: str) -> Mapping[str, Node]:
        self._refuse_duplicates(node, key)
        _RULES.flatten_mapping(node)
        return {
            name: self.convert(value, _join(key, name), line)
            for name, line, value in self._entries(node, key)
        }

    def _entries(self, node: yaml.MappingNode, key: str) -> Iterator[tuple[str, int, yaml.Node]]:
        """Give the entries whose key is a scalar; the key is taken as it is written."""
        for name, value in node.value:
            line = name.start_mark.line + 1
            if isinstance(name, yaml.ScalarNode):
                yield name.value, line, value
            else:
                self._add(line, key, "a key must be text, not a list or mapping")

    def _refuse_duplicates(self, node: yaml.MappingNode, key: str) -> None:
        first: dict[str, int] = {}
        for name, _ in node.value:
            if not isinstance(name, yaml.ScalarNode) or name.tag == _TAG + "merge":
                continue
            line = name.start_mark.line + 1
            if name.value in first:
                text = f"the key is given twice, on lines {first[name.value]} and {line}; keep one of them"
                self._add(line, _join(key, name.value), text)
            first.setdefault(name.value, line)

    def _add(self, line: int, key: str, message: str) -> None:
        self.problems.append(Problem(self._source, line, key, message))


def _join(section: str, key: str) -> str:
    return f"{section}.{key}" if section else key


def _refused(tag: str) -> str:
    name = tag.replace(_TAG, "!!")
    return f"the tag {name} is refused: allowed are text, numbers, booleans, lists and mappings"


def _scalar(node: yaml.ScalarNode) -> Scalar:
    """Give the value of a scalar: dates and clock times stay text, a leading zero does not mean octal.

    Raises
    ------
    ValueError
        If its tag asks for anything but plain data, or the text does not fit the tag.
    """
    text: str = node.value
    if node.tag in _AS_WRITTEN or (node.tag in (_TAG + "int", _TAG + "float") and ":" in text):
        return text
    name = node.tag.removeprefix(_TAG)
    if name == "null":
        return None
    if name == "int" and _DECIMAL.fullmatch(text):
        return int(text.replace("_", ""))
    if name not in _READERS:
        raise ValueError(_refused(node.tag))
    try:
        value: Scalar = _READERS[name](node)
    except (ValueError, LookupError):
        raise ValueError(f"'{text}' does not fit the tag !!{name}") from None
    return value
