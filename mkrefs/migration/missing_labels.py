"""Labels that no installed plugin provides, and what there is in their place."""

from collections.abc import Iterator

from mkrefs.config.schema import LabelKeys
from mkrefs.contract.creator import AnyCreator
from mkrefs.errors import UserError
from mkrefs.instruments.reference_types import canonical_reftype
from mkrefs.migration.document import Document, Entry
from mkrefs.migration.finding import Finding, Kind
from mkrefs.migration.labels import Creators, label_sections

_GUIDE = "docs/how-to/migrate.md"


def missing_labels(document: Document, creators: Creators) -> Iterator[Finding]:
    """Propose, for each label that is not installed, installed ones that make the same reference type."""
    defaults = {entry.text: entry.name for entry in _entries(document, "default_reflabels") if entry.text}
    for label, places in _mentions(document, creators).items():
        if label in creators:
            continue
        section = next((entry for entry in label_sections(document, creators) if entry.name == label), None)
        reftype = _reftype(section, defaults.get(label, ""))
        others = [creator for creator in creators.values() if creator.reftype == reftype]
        lines = ", ".join(str(line) for line in places[1:])
        also = f" (also on line {lines})" if lines else ""
        why = f"no installed plugin provides this label{also}: {_proposal(section, others)}"
        yield Finding(Kind.NOTE, places[0], label, why)


def _proposal(section: Entry | None, others: list[type[AnyCreator]]) -> str:
    guide = f"to run it, make a plugin of its wrapper ({_GUIDE})"
    if not others:
        return guide
    names = " or ".join(f"'{creator.label}'" for creator in others)
    declared = {
        *LabelKeys.model_fields,
        *(key for creator in others for key in creator.Parameters.model_fields),
    }
    own = [entry.name for entry in section.entries if entry.name not in declared] if section else []
    without = f" without {', '.join(own)}" if own else ""
    return f"{guide}, or use {names}, which makes the same reference type, in its place{without}"


def _reftype(section: Entry | None, default: str) -> str:
    """Find the type a label makes: from its section, or from the place where it is the default."""
    entry = section.get("reftype") if section is not None else None
    try:
        return canonical_reftype(entry.text if entry is not None else default)
    except UserError:
        return ""


def _mentions(document: Document, creators: Creators) -> dict[str, list[int]]:
    """Give the lines on which each label is spoken of, that of its section first."""
    lines: dict[str, list[int]] = {}
    for section in label_sections(document, creators):
        lines.setdefault(section.name, []).append(section.line)
    named = document.get("reflabels")
    for node in named.scalars if named is not None else ():
        for word in node.value.split(","):
            lines.setdefault(word.strip(), []).append(node.start_mark.line + 1)
    for entry in _entries(document, "default_reflabels"):
        if entry.text:
            lines.setdefault(entry.text, []).append(entry.line)
    return {label: sorted(set(places), key=places.index) for label, places in lines.items() if label}


def _entries(document: Document, name: str) -> tuple[Entry, ...]:
    section = document.get(name)
    return section.entries if section is not None else ()
