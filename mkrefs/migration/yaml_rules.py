"""Rules on what mkrefs reads otherwise than the YAML reader of the older tool did, or refuses."""

import re
from collections.abc import Collection, Iterator

import yaml

from mkrefs.config.layers import is_window
from mkrefs.config.schema import BY_REFTYPE, SECTIONS, TopLevel
from mkrefs.contract.creator import AnyCreator
from mkrefs.migration.document import Document, Edit, Entry, scalar
from mkrefs.migration.finding import Finding, Kind, rewritten, without
from mkrefs.migration.labels import Creators, label_sections

_INT = "tag:yaml.org,2002:int"
_FLOAT = "tag:yaml.org,2002:float"
_PYTHON_TAG = re.compile(r"!!python/(unicode|str|tuple|list|dict|int|long|float|bool)(?=\s)[ \t]*")
_OCTAL = re.compile(r"[-+]?0[0-7_]+")
_PYTHON_2_TEXT = re.compile(r"""u(['"])(.*)\1""")
_PYTHON_2_INTEGER = re.compile(r"([-+]?\d+)L")
#: Keys whose value is text: a number is taken as it is written.
_AS_WRITTEN = frozenset(
    f"output.{key}" for key in ("outrootdir", "outsubdir", "addsuffix", "ssbdir", "pipeline_prod_search_dir")
)


def python_tags(document: Document, _: Creators) -> Iterator[Finding]:
    """Take away tags that ask for plain Python values; the reader refuses all tags of Python."""
    for key, node in document.walk():
        written = document.written(node)
        match = _PYTHON_TAG.match(written)
        if match is None:
            continue
        first, rest = node.start_mark.index, written[match.end() :]
        edit = Edit(first, first + match.end(), "")
        if match[1] in ("unicode", "str") and isinstance(node, yaml.ScalarNode) and node.style is None:
            edit = Edit(first, node.end_mark.index, scalar(rest))
        line = node.start_mark.line + 1
        why = "mkrefs refuses tags of Python; the value is the same without"
        yield Finding(Kind.CHANGED, line, key, why, match[0].strip(), "no tag", (edit,))


def duplicate_keys(document: Document, _: Creators) -> Iterator[Finding]:
    """Comment out all but the last of several keys of one name."""
    sections = [document.entries, *(entry.entries for entry in _mappings(document.entries))]
    for entries in sections:
        last = {entry.name: entry for entry in entries}
        for entry in entries:
            if last[entry.name] is not entry:
                yield without(
                    document,
                    entry,
                    f"the key stands again on line {last[entry.name].line}; the older tool took the last, "
                    "mkrefs refuses both",
                )


def leading_zeros(document: Document, _: Creators) -> Iterator[Finding]:
    """Write numbers with a leading zero, which the older tool read as octal, as decimal ones."""
    for key, node in document.walk():
        if not _plain(node, _INT) or key in _AS_WRITTEN or not _OCTAL.fullmatch(node.value):
            continue
        value = int(node.value.replace("_", ""), 8)
        if value != int(node.value.replace("_", "")):
            why = "the older tool read a leading zero as octal, mkrefs reads decimal numbers"
            yield rewritten(document, key, node, str(value), why)


def sexagesimals(document: Document, _: Creators) -> Iterator[Finding]:
    """Tell of numbers written with colons, which mkrefs takes as text."""
    for key, node in document.walk():
        if (_plain(node, _INT) or _plain(node, _FLOAT)) and ":" in node.value:
            number = yaml.safe_load(node.value)
            why = f"'{node.value}' was the number {number} for the older tool and is text for mkrefs"
            yield Finding(Kind.NOTE, node.start_mark.line + 1, key, f"{why}; write {number} for the number")


def python_2_values(document: Document, _: Creators) -> Iterator[Finding]:
    """Write texts and integers in the notation of Python 2, such as u'hot' and 10L, without it."""
    for key, node in document.walk():
        if not isinstance(node, yaml.ScalarNode) or document.written(node) != node.value:
            continue
        text, integer = _PYTHON_2_TEXT.fullmatch(node.value), _PYTHON_2_INTEGER.fullmatch(node.value)
        if text is not None and text[1] not in text[2]:
            new = text[1] + text[2] + text[1]
        elif integer is not None:
            new = integer[1]
        else:
            continue
        yield rewritten(
            document, key, node, new, "this notation of Python 2 was read as text, letter by letter"
        )


def python_none(document: Document, creators: Creators) -> Iterator[Finding]:
    """Turn None, which YAML reads as the word, into an empty value where mkrefs reads the key itself."""
    for entry in _known_to_mkrefs(document, creators):
        if entry.text == "None" == document.written(entry.value):
            why = "YAML reads None as a word; an empty value means the default"
            yield rewritten(document, entry.dotted, entry.value, "null", why)


def _known_to_mkrefs(document: Document, creators: Creators) -> Iterator[Entry]:
    labels = {entry.name for entry in label_sections(document, creators)}
    for entry in document.entries:
        if entry.name in TopLevel.model_fields and not entry.is_mapping:
            yield entry
        elif entry.name in SECTIONS or entry.name in BY_REFTYPE or is_window(entry.name):
            yield from entry.entries
        elif entry.name in labels and entry.name in creators:
            taken = _parameters_without_none(creators[entry.name])
            yield from (below for below in entry.entries if below.name in taken)


def _parameters_without_none(creator: type[AnyCreator]) -> Collection[str]:
    """Name the parameters for which the word None is no value of its own."""
    fields = creator.Parameters.model_fields
    return {name for name, info in fields.items() if "'None'" not in str(info.annotation)}


def _mappings(entries: tuple[Entry, ...], depth: int = 5) -> Iterator[Entry]:
    """Give all sections and those in them, to a sane depth."""
    for entry in entries:
        if entry.is_mapping and depth:
            yield entry
            yield from _mappings(entry.entries, depth - 1)


def _plain(node: yaml.Node, tag: str) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.style is None and node.tag == tag
