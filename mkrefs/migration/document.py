"""The text of a configuration with its YAML nodes, and edits of it that leave every line in its place.

What the keys mean is not known here.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from mkrefs.errors import UserError

#: Tag and anchor before a value.
_PROPERTIES = re.compile(r"(?:[&!]\S*\s+)*")
_MERGE = "<<"
_TAB = re.compile(r"[ \t]*\t[ \t]*\S")


@dataclass(frozen=True, slots=True, order=True)
class Edit:
    """Characters ``start`` to ``end`` of a text become ``text``."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A key with its value.

    Attributes
    ----------
    path : tuple of str
        The key, after those of the sections it stands in.
    key : yaml.ScalarNode
        The key as a node.
    value : yaml.Node
        The value as a node.
    """

    path: tuple[str, ...]
    key: yaml.ScalarNode
    value: yaml.Node

    @property
    def name(self) -> str:
        """The key alone."""
        return self.path[-1]

    @property
    def dotted(self) -> str:
        """The key with its sections, for messages."""
        return ".".join(self.path)

    @property
    def line(self) -> int:
        """Line of the key, from 1."""
        return int(self.key.start_mark.line) + 1

    @property
    def is_mapping(self) -> bool:
        """Whether the value is a section."""
        return isinstance(self.value, yaml.MappingNode)

    @property
    def text(self) -> str:
        """The value of a scalar as text; empty for anything else, and for an empty value."""
        return str(self.value.value) if isinstance(self.value, yaml.ScalarNode) else ""

    @property
    def entries(self) -> "tuple[Entry, ...]":
        """The entries of a section; none for anything else."""
        return _entries(self.value, self.path)

    @property
    def scalars(self) -> tuple[yaml.ScalarNode, ...]:
        """The value as scalars: itself, or those of a list; none for an empty value or a section."""
        if isinstance(self.value, yaml.ScalarNode):
            return (self.value,) if self.value.value else ()
        if isinstance(self.value, yaml.SequenceNode):
            return tuple(node for node in self.value.value if isinstance(node, yaml.ScalarNode))
        return ()

    def get(self, name: str) -> "Entry | None":
        """Find an entry of the section; the last of several."""
        return next((entry for entry in reversed(self.entries) if entry.name == name), None)


@dataclass(frozen=True, slots=True)
class Document:
    """A text with the nodes it is made of; `parse` makes one."""

    text: str
    root: yaml.Node | None

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The top-level entries."""
        return _entries(self.root, ())

    def get(self, *path: str) -> Entry | None:
        """Find an entry by its path; the last of several."""
        entries, found = self.entries, None
        for name in path:
            found = next((entry for entry in reversed(entries) if entry.name == name), None)
            if found is None:
                return None
            entries = found.entries
        return found

    def walk(self) -> Iterator[tuple[str, yaml.Node]]:
        """Give every value below the top once, with the key it stands at, in the order of the text."""
        seen: set[int] = set()
        stack: list[tuple[str, yaml.Node]] = [("", self.root)] if self.root is not None else []
        while stack:
            key, node = stack.pop()
            if id(node) in seen:
                continue
            seen.add(id(node))
            yield key, node
            below = [(entry.dotted, entry.value) for entry in _entries(node, (key,) if key else ())]
            if isinstance(node, yaml.SequenceNode):
                below = [(key, item) for item in node.value]
            stack.extend(reversed(below))

    def written(self, node: yaml.Node) -> str:
        """Give a value as it stands in the text, with tag, anchor and quotation marks."""
        return self.text[node.start_mark.index : node.end_mark.index]

    def replaced(self, node: yaml.Node, text: str) -> Edit:
        """Put another text in the place of a value; an anchor stays."""
        match = _PROPERTIES.match(self.written(node))
        return Edit(node.start_mark.index + (match.end() if match else 0), node.end_mark.index, text)

    def as_scalar(self, entry: Entry, text: str) -> tuple[Edit, ...]:
        """Put one word in the place of a text or a list; further lines of the old value become comments."""
        node = entry.value
        if node.start_mark.line == _last_line(node, node.start_mark.line) == entry.key.start_mark.line:
            return (self.replaced(node, text),)
        after_colon = self.text.index(":", entry.key.end_mark.index) + 1
        line_end = (self.text + "\n").index("\n", after_colon)
        line_end -= self.text[line_end - 1 : line_end] == "\r"
        rest = self.text[after_colon:line_end].lstrip()
        comment = f"  # {rest}" if rest and not rest.startswith("#") else f"  {rest}" if rest else ""
        first = Edit(after_colon, line_end, f" {text}{comment}")
        return (first, *(edit for edit in self.commented_out(entry) if edit.start > line_end))

    def commented_out(self, entry: Entry) -> tuple[Edit, ...]:
        """Turn the lines of an entry into comments; nothing if it does not have its lines for itself."""
        start = self.text.rfind("\n", 0, entry.key.start_mark.index) + 1
        column = entry.key.start_mark.index - start
        if self.text[start : start + column].strip():
            return ()
        edits = []
        for _ in range(entry.key.start_mark.line, _last_line(entry.value, entry.key.start_mark.line) + 1):
            end = self.text.find("\n", start) + 1 or len(self.text)
            line = self.text[start:end]
            indent = min(column, len(line) - len(line.lstrip()))
            if line.strip() and not line.lstrip().startswith("#"):
                edits.append(Edit(start + indent, start + indent, "# "))
            start = end
        return tuple(edits)


def parse(text: str, source: str) -> Document:
    """Read a text as YAML.

    Raises
    ------
    mkrefs.errors.UserError
        If it is no YAML, or no mapping of keys to values.
    """
    try:
        # Not the compiled loader: deep nesting would end the process.
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise UserError(_no_yaml(error, text, source)) from None
    except RecursionError:
        raise UserError(f"{source}: the values are nested too deeply to be read.") from None
    if root is None or isinstance(root, yaml.MappingNode):
        return Document(text, root)
    line = root.start_mark.line + 1
    message = "this is no configuration of the older tool: keys with values such as 'instrument: NIRCam'"
    raise UserError(f"{source}:{line}: {message} are expected.")


def applied(text: str, edits: Iterable[Edit]) -> str:
    """Edit a text; the edits do not overlap, and one that is given twice is made once."""
    for edit in sorted(set(edits), reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def scalar(text: str) -> str:
    """Write a text as a YAML value, in quotation marks where it needs them."""
    try:
        plain = yaml.load(text, Loader=yaml.BaseLoader) == text  # noqa: S506 - gives nothing but text
        plain = plain and yaml.safe_load(text) == text
    except yaml.YAMLError:
        plain = False
    return text if plain else "'" + text.replace("'", "''") + "'"


def _entries(node: yaml.Node | None, path: tuple[str, ...]) -> tuple[Entry, ...]:
    if not isinstance(node, yaml.MappingNode):
        return ()
    pairs: list[tuple[Any, yaml.Node]] = node.value
    return tuple(
        Entry((*path, key.value), key, value)
        for key, value in pairs
        if isinstance(key, yaml.ScalarNode) and key.value != _MERGE
    )


def _last_line(node: yaml.Node, line: int) -> int:
    """Find the last line with something of a value; its end mark may lie beyond comments."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style:
        below = [child for item in node.value for child in (item if isinstance(item, tuple) else (item,))]
        return max((_last_line(child, line) for child in below), default=line)
    if node.end_mark.index < node.start_mark.index or node.start_mark.line < line:
        return line
    return max(line, node.end_mark.line - (node.end_mark.column == 0))


def _no_yaml(error: yaml.YAMLError, text: str, source: str) -> str:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    reason = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
    number = mark.line if mark is not None else text[: getattr(error, "position", 0)].count("\n")
    lines = text.splitlines()
    hint = ""
    if number < len(lines) and _TAB.match(lines[number]):
        hint = "; YAML allows no tabs in the indentation: put spaces in their place"
    return f"{source}:{number + 1}: this is not valid YAML: {' '.join(str(reason).split())}{hint}."
