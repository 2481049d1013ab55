"""The rules of a context, as a table line by line, as a summary by type, or as JSON."""

import json
from collections import defaultdict

from mkrefs.cli.console import make_console, make_table
from mkrefs.crds_context import ContextListing, ReferenceEntry

#: More lines than this are summed up unless all are asked for.
_MOST_LINES = 200
FORM = 1


def show_listing(listing: ContextListing, *, everything: bool) -> None:
    """Print the rules of a context: every line, or what each type has where there are many."""
    console = make_console()
    console.print(f"{listing.context} in {listing.path}: {len(listing.entries)} entries")
    if everything or len(listing.entries) <= _MOST_LINES:
        table = make_table("instrument", "type", "match", "useafter", "file")
        for entry in listing.entries:
            match = ", ".join(f"{keyword} {value}" for keyword, value in entry.match)
            table.add_row(entry.instrument, entry.reftype, match, entry.useafter, entry.file)
        console.print(table)
        return
    table = make_table("instrument", "type", "selected by", "categories", "files", "latest useafter")
    for (instrument, reftype), entries in _by_type(listing).items():
        keywords = ", ".join(keyword for keyword, _ in entries[0].match)
        categories = len({entry.match for entry in entries})
        latest = max(entry.useafter for entry in entries)
        files = len({entry.file for entry in entries})
        table.add_row(instrument, reftype, keywords, str(categories), str(files), latest)
    console.print(table)
    console.print("Every line: --instrument NAME, --reftype TYPE, or --all.")


def listing_json(listing: ContextListing) -> str:
    """Give the rules of a context as JSON."""
    return json.dumps(
        {
            "mkrefs_context": FORM,
            "path": str(listing.path),
            "context": listing.context,
            "entries": [
                {
                    "instrument": entry.instrument,
                    "reftype": entry.reftype.lower(),
                    "match": dict(entry.match),
                    "useafter": entry.useafter,
                    "file": entry.file,
                }
                for entry in listing.entries
            ],
        },
        indent=1,
    )


def _by_type(listing: ContextListing) -> dict[tuple[str, str], list[ReferenceEntry]]:
    found: dict[tuple[str, str], list[ReferenceEntry]] = defaultdict(list)
    for entry in listing.entries:
        found[entry.instrument, entry.reftype].append(entry)
    return found
