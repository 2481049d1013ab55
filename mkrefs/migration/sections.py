"""Rules on the sections that mkrefs knows: names, reference types, patterns, output, time windows."""

import re
from collections.abc import Iterator
from typing import get_args

import yaml

from mkrefs.config.batch import Batch
from mkrefs.config.layers import is_window
from mkrefs.config.schema import BY_REFTYPE, KNOWN_NAMES, LabelKeys
from mkrefs.contract.imtypes import parse_imtypes
from mkrefs.errors import UserError
from mkrefs.instruments.reference_types import KEY_SUFFIX, canonical_reftype
from mkrefs.migration import old_tool
from mkrefs.migration.document import Document, scalar
from mkrefs.migration.finding import Finding, Kind, renamed, rewritten, without
from mkrefs.migration.labels import Creators, label_sections

_PATTERNS = ("dark_pattern", "flat_pattern", "basenamepattern")
_FITS_KEYS = ("requiredfitskeys", "optionalfitskeys")
_RUN_FOLDER = re.compile(r"run(\d+)")


def early_names(document: Document, creators: Creators) -> Iterator[Finding]:
    """Give the section of the pipeline's reference files its later name."""
    old, new = old_tool.EARLY_REFFILE4SSB, "reffile4ssb"
    places = [document.entries, *(section.entries for section in label_sections(document, creators))]
    for entries in places:
        names = {entry.name for entry in entries}
        for entry in entries:
            if entry.name == old and new not in names:
                yield renamed(document, entry, new, "the later name of this section")
            elif entry.name == old:
                why = f"an early name of {new}, which stands here too; put all in one and take this out"
                yield Finding(Kind.OPEN, entry.line, entry.dotted, why)


def reference_types(document: Document, creators: Creators) -> Iterator[Finding]:
    """Rename reference types; names that mkrefs takes as they are stay."""
    labels = label_sections(document, creators)
    for entry in (document.get("reftypes"), *(section.get("reftype") for section in labels)):
        for node in entry.scalars if entry is not None else ():
            written = document.written(node)
            new = re.sub(r"\w+", lambda match: _reftype(match[0]), written)
            if entry is not None and new != written:
                yield rewritten(document, entry.dotted, node, new, "the name of the reference type in CRDS")
    for section in (
        *(document.get(name) for name in BY_REFTYPE),
        *(each.get("reffile4ssb") for each in labels),
    ):
        for entry in section.entries if section is not None else ():
            if _reftype(entry.name) != entry.name:
                yield renamed(document, entry, _reftype(entry.name), "the name of the reference type in CRDS")


def unknown_reference_types(document: Document, creators: Creators) -> Iterator[Finding]:
    """Find labels that are not installed, and so not checked with the others, whose type is not known."""
    for section in label_sections(document, creators):
        entry = section.get("reftype")
        if entry is None or section.name in creators or not entry.text:
            continue
        try:
            canonical_reftype(entry.text)
        except UserError as error:
            yield Finding(Kind.OPEN, entry.line, entry.dotted, str(error))


def patterns(document: Document, _: Creators) -> Iterator[Finding]:
    """Join lists of patterns to one; find those that look at folders."""
    for name in _PATTERNS:
        entry = document.get("inputfiles", name)
        if entry is None:
            continue
        if isinstance(entry.value, yaml.SequenceNode) and len(entry.scalars) == len(entry.value.value):
            new = scalar("|".join(node.value for node in entry.scalars))
            old = " ".join(document.written(entry.value).split())
            why = "a pattern is one regular expression, in which '|' means 'or'"
            edits = document.as_scalar(entry, new)
            yield Finding(Kind.CHANGED, entry.line, entry.dotted, why, old, new, edits)
        if name == "basenamepattern" and "/" in entry.text:
            why = "the older tool searched the whole path, mkrefs the name of the file: take the folders out"
            yield Finding(Kind.OPEN, entry.line, entry.dotted, why)


def fits_keywords(document: Document, _: Creators) -> Iterator[Finding]:
    """Rename keywords of headers from before the present format."""
    for name in _FITS_KEYS:
        entry = document.get("inputfiles", name)
        for node in entry.scalars if entry is not None else ():
            written = document.written(node)
            new = re.sub(r"\w+", lambda match: old_tool.FITS_KEYWORDS.get(match[0], match[0]), written)
            if entry is not None and new != written:
                yield rewritten(document, entry.dotted, node, new, "the keyword of today's headers")


def run_number(document: Document, _: Creators) -> Iterator[Finding]:
    """Turn the name of a run's folder into its number; tell what no number means now."""
    entry = document.get("output", "runID")
    if entry is None:
        return
    folder = _RUN_FOLDER.fullmatch(entry.text)
    if folder is not None:
        why = "runID is a number; folders are called 001 now, no longer run001"
        yield rewritten(document, entry.dotted, entry.value, str(int(folder[1])), why)
    elif not entry.text:
        why = "without a runID the older tool made no folder for the run; mkrefs takes it for AUTO"
        yield Finding(Kind.NOTE, entry.line, entry.dotted, why)


def batch(document: Document, _: Creators) -> Iterator[Finding]:
    """Tell that jobs go to the batch system now; spell its name as mkrefs does."""
    enabled, mode = document.get("batch", "batch_enabled"), document.get("batch", "batchmode")
    if enabled is not None and enabled.text and yaml.safe_load(enabled.text) is True:
        why = "the older tool took no notice of it; mkrefs sends the jobs to the batch system"
        yield Finding(Kind.NOTE, enabled.line, enabled.dotted, why)
    if mode is not None:
        known = {word.lower(): word for word in get_args(Batch.model_fields["batchmode"].annotation)}
        new = known.get(mode.text.lower(), mode.text)
        if new != mode.text:
            yield rewritten(document, mode.dotted, mode.value, new, "its spelling in mkrefs")


def windows(document: Document, creators: Creators) -> Iterator[Finding]:
    """Look at the time windows, of which the older tool knew three."""
    found = [
        entry for entry in document.entries if is_window(entry.name) and entry.name not in old_tool.WINDOWS
    ]
    for entry in found:
        try:
            canonical = parse_imtypes(entry.name).canonical
        except UserError:
            continue  # reported when the result is read
        if document.get(canonical) is not None and canonical != entry.name:
            why = f"the older tool read {canonical} alone, which means the same; mkrefs refuses both"
            yield without(document, entry, why)
        elif entry.is_mapping and entry.get("max_Delta_MJD") is not None:
            why = "the older tool took no notice of this section; now it limits the groups of this kind"
            yield Finding(Kind.NOTE, entry.line, entry.dotted, why)
    yield from _pairs_of_pairs(document, creators)


def live_references(document: Document, creators: Creators) -> Iterator[Finding]:
    """Tell of files that are used now; the older tool took no notice of them."""
    labels = label_sections(document, creators)
    sections = [document.get("reffile4ssb"), *(section.get("reffile4ssb") for section in labels)]
    for section in sections:
        for entry in section.entries if section is not None else ():
            if entry.text and entry.text.upper() != "CRDS":
                files = "the files of the same run" if entry.text.upper() == "SELF" else entry.text
                why = f"the pipeline takes {files} from now on; the older tool took no notice of the key"
                yield Finding(Kind.NOTE, entry.line, entry.dotted, why)


def live_keys(document: Document, creators: Creators) -> Iterator[Finding]:
    """Tell of keys that do something now."""
    labels = label_sections(document, creators)
    places = [*document.entries, *(entry for section in labels for entry in section.entries)]
    known = {*KNOWN_NAMES, *LabelKeys.model_fields}
    for entry in places:
        asked = entry.is_mapping or entry.text.lower() == "true"
        if entry.name in known and entry.name in old_tool.IDLE_KEYS and asked:
            why = "the older tool took no notice of it; mkrefs does what it says"
            yield Finding(Kind.NOTE, entry.line, entry.dotted, why)


def _pairs_of_pairs(document: Document, creators: Creators) -> Iterator[Finding]:
    """Tell of windows on pairs that no longer hold inside groups of two pairs."""
    used = [section.get("imtypes") for section in label_sections(document, creators)]
    if not any(entry is not None and entry.text in ("DDFF", "FFDD") for entry in used):
        return
    whole = _window(document, "DDFF")
    for name in ("DD", "FF"):
        limit = _window(document, name)
        entry = document.get(name, "max_Delta_MJD")
        if entry is not None and limit is not None and (whole is None or limit < whole):
            why = (
                f"no longer holds for the pairs inside DDFF groups, as it did in the older tool; there "
                f"only the window of DDFF counts ({'none' if whole is None else f'{whole:g} days'})"
            )
            yield Finding(Kind.NOTE, entry.line, entry.dotted, why)


def _window(document: Document, name: str) -> float | None:
    entry = document.get(name, "max_Delta_MJD")
    try:
        return float(entry.text) if entry is not None else None
    except ValueError:
        return None


def _reftype(name: str) -> str:
    """Give the name of a reference type that mkrefs takes: the same if it takes it already."""
    word = name.lower()
    new = old_tool.REFTYPES.get(word.removesuffix(KEY_SUFFIX))
    return name if new is None else new
