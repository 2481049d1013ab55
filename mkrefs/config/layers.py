"""Layers of a configuration, laid over one another: main file, extra files, command line.

Names that can be written in several ways are brought to one spelling in each layer first, so that the
higher layer wins whatever spelling it uses. Values are not judged here.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import reduce

from mkrefs.config.marks import Node, read_value
from mkrefs.config.problems import COMMAND_LINE, ConfigError, Problem, did_you_mean
from mkrefs.config.schema import BY_REFTYPE, KNOWN_NAMES
from mkrefs.contract.imtypes import IMTYPE_LETTERS, parse_imtypes
from mkrefs.errors import UserError
from mkrefs.instruments.reference_types import canonical_reftype

_LIKE_IMTYPES = re.compile(rf"[{IMTYPE_LETTERS}+]+")


@dataclass(frozen=True, slots=True)
class Overrides:
    """What the command line sets; later values win over earlier ones, and the kinds in this order.

    Attributes
    ----------
    everywhere : tuple of (key, value)
        ``--pall``: in every section that declares the key.
    main : tuple of (key, value)
        ``-p``: top-level keys.
    section : tuple of (section, key, value)
        ``--pp``: one key of one section.
    option : tuple of (option, section, key, value)
        Options that stand for one key of one section, such as ``--outsubdir``.
    label : tuple of (label, key, value)
        ``--LABEL.KEY``: the same, in the section of a label.
    """

    everywhere: tuple[tuple[str, str], ...] = field(default=())
    main: tuple[tuple[str, str], ...] = field(default=())
    section: tuple[tuple[str, str, str], ...] = field(default=())
    option: tuple[tuple[str, str, str, str], ...] = field(default=())
    label: tuple[tuple[str, str, str], ...] = field(default=())


def is_window(name: str) -> bool:
    """Whether a top-level name is that of a time window, such as ``DD``, rightly spelled or not."""
    return _LIKE_IMTYPES.fullmatch(name) is not None


def merge(lower: Node, upper: Node) -> Node:
    """Lay one value over another: mappings deeply, all else replaced; an empty section changes nothing."""
    if lower.is_mapping and upper.is_mapping:
        entries = dict(lower.entries)
        for key, node in upper.entries.items():
            entries[key] = merge(entries[key], node) if key in entries else node
        return replace(lower, value=entries)
    return lower if lower.is_mapping and upper.value is None else upper


def canonical(root: Node, labels: Collection[str], problems: list[Problem]) -> Node:
    """Bring names with several spellings to one: windows and reference types.

    Parameters
    ----------
    root : Node
        One layer.
    labels : collection of str
        The installed creators, whose sections are read too; others' sections stay as they are.
    problems : list of Problem
        Gets the names that are none, and those given twice in two spellings.

    Returns
    -------
    Node
        The layer with canonical names; names that are none are left out.
    """
    entries: dict[str, Node] = {}
    for name, node in root.entries.items():
        if name in BY_REFTYPE:
            entries[name] = _renamed(node, f"{name}.", canonical_reftype, problems)
        elif name in labels and "reffile4ssb" in node.entries:
            prefix = f"{name}.reffile4ssb."
            inner = _renamed(node.entries["reffile4ssb"], prefix, canonical_reftype, problems)
            entries[name] = replace(node, value={**node.entries, "reffile4ssb": inner})
        else:
            entries[name] = node
    return _renamed(replace(root, value=entries), "", _window_name, problems)


def _window_name(name: str) -> str:
    return parse_imtypes(name).canonical if is_window(name) else name


def _renamed(node: Node, prefix: str, rename: Callable[[str], str], problems: list[Problem]) -> Node:
    """Rename the keys of one mapping."""
    entries: dict[str, Node] = {}
    spelled: dict[str, str] = {}
    for name, entry in node.entries.items():
        try:
            new = rename(name)
        except UserError as error:
            problems.append(entry.problem(prefix + name, str(error)))
            continue
        if new in entries:
            first = f"'{spelled[new]}' ({entries[new].where})"
            message = f"means {new}, and so does {first}; keep one of them"
            problems.append(entry.problem(prefix + name, message))
        entries[new], spelled[new] = entry, name
    return replace(node, value=entries) if node.is_mapping else node


def command_line(
    overrides: Overrides,
    declared: Mapping[str, Collection[str]],
    sections: Collection[str],
    problems: list[Problem],
) -> list[Node]:
    """Turn the command line's settings into layers.

    Parameters
    ----------
    overrides : Overrides
        The settings.
    declared : mapping of str to collection of str
        The keys ``--pall`` may set, by section.
    sections : collection of str
        The sections that exist.
    problems : list of Problem
        Gets the settings of sections and keys that do not exist, and values that are no YAML.

    Returns
    -------
    list of Node
        One layer for each setting, lowest first.
    """
    settings: list[tuple[str, tuple[str, ...], str]] = []
    for key, value in overrides.everywhere:
        source = f"{COMMAND_LINE}: --pall {key}"
        homes = [name for name, keys in declared.items() if key.split(".")[0] in keys]
        if not homes:
            known = sorted({key for keys in declared.values() for key in keys})
            problems.append(Problem(source, 0, "", f"no section has this key; {did_you_mean(key, known)}"))
        settings += [(source, (home, *key.split(".")), value) for home in homes]
    settings += [(f"{COMMAND_LINE}: -p {key}", tuple(key.split(".")), value) for key, value in overrides.main]
    for section, key, value in overrides.section:
        settings.append((f"{COMMAND_LINE}: --pp {section} {key}", (section, *key.split(".")), value))
    for option, section, key, value in overrides.option:
        settings.append((f"{COMMAND_LINE}: {option}", (section, key), value))
    for label, key, value in overrides.label:
        settings.append((f"{COMMAND_LINE}: --{label}.{key}", (label, *key.split(".")), value))
    layers = (_layer(*setting, sorted(sections), problems) for setting in settings)
    return [layer for layer in layers if layer is not None]


def _layer(
    source: str, path: tuple[str, ...], value: str, sections: list[str], problems: list[Problem]
) -> Node | None:
    """Make the layer of one setting, or say why it is none."""
    try:
        leaf = read_value(value, source)
    except ConfigError as error:
        problems.extend(error.problems)
        return None
    if not all(path):
        problems.append(Problem(source, 0, "", "a key is words joined by single dots"))
        return None
    in_section = len(path) > 1 or leaf.is_mapping
    if in_section and not (path[0] in sections or path[0] in KNOWN_NAMES or is_window(path[0])):
        problems.append(
            Problem(source, 0, "", f"there is no section '{path[0]}'; {did_you_mean(path[0], sections)}")
        )
        return None
    return reduce(lambda node, key: Node({key: node}, source), reversed(path), leaf)


def merged(layers: Iterable[Node]) -> Node:
    """Lay all layers over one another, lowest first."""
    return reduce(merge, layers, Node({}, COMMAND_LINE))
