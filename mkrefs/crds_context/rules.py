"""Reads CRDS rules (pmap, imap, rmap) as data, without crds: they are Python literals with named selectors.

Writing rules is left to crds itself.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mkrefs.errors import UserError

#: Values of an imap's entry that name no rmap.
NO_RULES = ("N/A", "OMIT", "n/a", "omit")
_SELECTORS = (
    "Match",
    "UseAfter",
    "VersionAfter",
    "SelectVersion",
    "ClosestTime",
    "GeometricallyNearest",
    "Bracket",
)


@dataclass(frozen=True, slots=True)
class Rules:
    """The content of one mapping.

    Attributes
    ----------
    header : mapping
        The mapping's header.
    selector : mapping
        Key to name of a file, or, in an rmap, match values to USEAFTER to name of a file.
    """

    header: Mapping[str, Any]
    selector: Mapping[Any, Any]


def read_rules(path: Path) -> Rules:
    """Read one mapping.

    Raises
    ------
    UserError
        If the file is missing or is no CRDS mapping.
    """
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        values = {
            target.id: _value(node.value)
            for node in tree.body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        return Rules(values["header"], values["selector"])
    except FileNotFoundError:
        raise UserError(
            f"{path}: the rules file is missing from the CRDS cache; restore it, or choose another context."
        ) from None
    except (SyntaxError, ValueError, KeyError) as error:
        raise UserError(
            f"{path}: this is not a CRDS rules file ({error}); restore it, or choose another context."
        ) from error


def named_mappings(mappings: Path, context: str) -> Iterator[Path]:
    """Give the paths of a context's pmap, imaps and rmaps, in a fixed order; they need not exist.

    Parameters
    ----------
    mappings : Path
        The mappings folder of the cache.
    context : str
        Name of the pmap.
    """
    yield mappings / context
    for imap in _files(read_rules(mappings / context)):
        yield mappings / imap
        for rmap in _files(read_rules(mappings / imap)):
            yield mappings / rmap


def named_files(mappings: Path, context: str) -> Iterator[tuple[str, str]]:
    """Give the instrument and name of each reference file that the rules of a context name.

    Parameters
    ----------
    mappings : Path
        The mappings folder of the cache.
    context : str
        Name of the pmap.
    """
    for instrument, imap in sorted(read_rules(mappings / context).selector.items()):
        for rmap in _files(read_rules(mappings / imap)):
            for name in sorted(set(leaves(read_rules(mappings / rmap).selector))):
                yield instrument, name


def listed_reftypes(mappings: Path, context: str, instrument: str) -> tuple[str, ...]:
    """Give the types that a context lists for an instrument, with rules or ``N/A``, in lower case."""
    imap = read_rules(mappings / context).selector.get(instrument.upper())
    if imap is None or imap in NO_RULES:
        return ()
    return tuple(sorted(reftype.lower() for reftype in read_rules(mappings / imap).selector))


def leaves(selector: Any) -> Iterator[str]:
    """Give the files that a selector names: the values at the ends of its branches."""
    waiting = [selector]
    while waiting:
        value = waiting.pop()
        if isinstance(value, Mapping):
            waiting += value.values()
        elif isinstance(value, tuple | list):
            waiting += value
        elif isinstance(value, str) and value not in NO_RULES:
            yield value


def rmap_of(mappings: Path, context: str, instrument: str, reftype: str) -> str | None:
    """Give the name of the rmap of a type in a context; None if the context has no rules for it."""
    imap = read_rules(mappings / context).selector.get(instrument.upper())
    if imap is None or imap in NO_RULES:
        return None
    rmap = read_rules(mappings / imap).selector.get(reftype.upper())
    return None if rmap is None or rmap in NO_RULES else str(rmap)


def _files(rules: Rules) -> list[str]:
    return [name for _, name in sorted(rules.selector.items()) if name not in NO_RULES]


def _value(node: ast.expr) -> Any:
    """Evaluate a literal in which selectors such as ``Match({...})`` stand for their dictionaries."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _SELECTORS:
        return _value(node.args[0])
    if isinstance(node, ast.Dict):
        keys = [_value(key) for key in node.keys if key is not None]
        return dict(zip(keys, map(_value, node.values), strict=True))
    return ast.literal_eval(node)
