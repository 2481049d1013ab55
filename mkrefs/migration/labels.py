"""Rules on the sections of labels: pipeline steps, image types and parameters."""

import re
from collections.abc import Iterator, Mapping

import yaml

from mkrefs.config.layers import is_window
from mkrefs.config.schema import KNOWN_NAMES
from mkrefs.contract.creator import AnyCreator
from mkrefs.contract.imtypes import parse_imtypes
from mkrefs.errors import UserError
from mkrefs.migration import old_tool
from mkrefs.migration.document import Document, Entry
from mkrefs.migration.finding import Finding, Kind, renamed, rewritten, without

Creators = Mapping[str, type[AnyCreator]]

_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def label_sections(document: Document, creators: Creators) -> tuple[Entry, ...]:
    """Find the sections of labels: all that are not mkrefs' own."""
    return tuple(
        entry
        for entry in document.entries
        if entry.is_mapping
        and (entry.name in creators or entry.name not in (*KNOWN_NAMES, old_tool.EARLY_REFFILE4SSB))
        and not is_window(entry.name)
    )


def imtypes(document: Document, creators: Creators) -> Iterator[Finding]:
    """Write a list of image types as one word."""
    for section in label_sections(document, creators):
        entry = section.get("imtypes")
        if entry is None or not entry.scalars:
            continue
        words = [word.strip() for node in entry.scalars for word in node.value.split(",")]
        try:
            found = parse_imtypes("".join(words)).canonical
        except UserError as error:
            yield Finding(Kind.OPEN, entry.line, entry.dotted, str(error))
            continue
        if len(words) > 1 or isinstance(entry.value, yaml.SequenceNode):
            old = " ".join(document.written(entry.value).split())
            why = "the image types of a group are one word"
            edits = document.as_scalar(entry, found)
            yield Finding(Kind.CHANGED, entry.line, entry.dotted, why, old, found, edits)


def parameters(document: Document, creators: Creators) -> Iterator[Finding]:
    """Rename parameters of labels that are installed, and comment out those that had no effect."""
    for section in label_sections(document, creators):
        known = creators[section.name].Parameters.model_fields if section.name in creators else {}
        for entry in section.entries:
            new = old_tool.PARAMETERS.get(entry.name, "")
            idle = old_tool.IDLE_PARAMETERS.get(entry.name, "")
            if entry.name == "output" and entry.is_mapping and entry.name not in known:
                why = "the older tool took no notice of it: 'output' is a section of its own, for all labels"
                yield without(document, entry, why)
            elif new in known and entry.name not in known and section.get(new) is None:
                yield renamed(document, entry, new, f"the parameter is called {new} in every creator")
            elif idle and known and entry.name not in known:
                yield without(document, entry, idle)


def useafter(document: Document, creators: Creators) -> Iterator[Finding]:
    """Complete the date of USEAFTER with the time that CRDS takes it for."""
    for section in label_sections(document, creators):
        entry = section.get("useafter")
        if entry is not None and _DAY.fullmatch(entry.text):
            why = "USEAFTER is a date and a time"
            yield rewritten(document, entry.dotted, entry.value, f"{entry.text}T00:00:00", why)


def output_names(document: Document, creators: Creators) -> Iterator[Finding]:
    """Tell of file names that the older tool took no notice of."""
    for section in label_sections(document, creators):
        entry = section.get("outfile")
        if entry is not None and entry.text:
            why = "the older tool took no notice of it; now it names the final file of the label"
            yield Finding(Kind.NOTE, entry.line, entry.dotted, why)
