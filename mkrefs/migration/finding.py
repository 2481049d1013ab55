"""What the migration of a configuration finds: one value for each change, open question or note."""

from dataclasses import dataclass
from enum import StrEnum

import yaml

from mkrefs.migration.document import Document, Edit, Entry


class Kind(StrEnum):
    """What became of a place in the old configuration."""

    CHANGED = "changed"
    OPEN = "open"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to tell about an old configuration.

    Attributes
    ----------
    kind : Kind
        ``CHANGED``: done, with the same meaning; ``OPEN``: the user must decide; ``NOTE``: left as it is,
        but worth knowing.
    line : int
        Line in the old file, from 1; the new file has the same lines.
    key : str
        The key with its section (``output.runID``).
    why : str
        The reason, or what to do.
    old, new : str
        What stood there, and what stands there now; empty where there is nothing to show.
    edits : tuple of Edit
        How the text changes.
    """

    kind: Kind
    line: int
    key: str
    why: str
    old: str = ""
    new: str = ""
    edits: tuple[Edit, ...] = ()

    def told(self, source: str) -> str:
        """Tell it in one line that begins with file and line."""
        change = " -> ".join(each for each in (self.old, self.new) if each)
        return ": ".join(each for each in (f"{source}:{self.line}", self.key, change, self.why) if each)


def rewritten(document: Document, key: str, node: yaml.Node, new: str, why: str) -> Finding:
    """Put another text in the place of a value."""
    edits = (document.replaced(node, new),)
    return Finding(Kind.CHANGED, node.start_mark.line + 1, key, why, document.written(node), new, edits)


def renamed(document: Document, entry: Entry, new: str, why: str) -> Finding:
    """Give a key another name."""
    edits = (document.replaced(entry.key, new),)
    return Finding(Kind.CHANGED, entry.line, entry.dotted, why, entry.name, new, edits)


def without(document: Document, entry: Entry, why: str) -> Finding:
    """Turn the lines of an entry into comments; leave it to the user where it shares its lines."""
    edits = document.commented_out(entry)
    if not edits:
        return Finding(Kind.OPEN, entry.line, entry.dotted, f"{why}; take the key out")
    return Finding(Kind.CHANGED, entry.line, entry.dotted, why, new="commented out", edits=edits)
