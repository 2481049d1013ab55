"""Which files exposures get from a context, as tables and as JSON."""

import json
from pathlib import Path

from mkrefs.cli.console import make_console, make_table, short_path
from mkrefs.crds_context import Choices, PrivateContext, reference_path

_NOT_NEEDED = "n/a"
FORM = 1


def show_choices(opened: PrivateContext, choices: Choices) -> None:
    """Print for each exposure the files by type; types without files and those that fail are told apart."""
    console = make_console()
    console.print(f"{opened.context} in {opened.path}")
    for exposure, found in choices.items():
        console.print()
        console.print(short_path(exposure), style="bold")
        table = make_table("type", "file", "")
        for reftype, choice in found.items():
            if choice.file:
                table.add_row(reftype, choice.file, _lack(opened, choice.file))
            elif choice.reason != _NOT_NEEDED:
                table.add_row(reftype, "-", f"an error in the pipeline: {choice.reason}")
        console.print(table)
        unneeded = [reftype for reftype, choice in found.items() if choice.reason == _NOT_NEEDED]
        if unneeded:
            console.print(f"no file needed: {', '.join(unneeded)}")


def choices_json(opened: PrivateContext, choices: Choices) -> str:
    """Give what exposures get as JSON."""
    return json.dumps(
        {
            "mkrefs_context_choices": FORM,
            "path": str(opened.path),
            "context": opened.context,
            "exposures": {
                exposure: {
                    reftype: {
                        "file": choice.file,
                        "reason": choice.reason,
                        "there": bool(choice.file) and not _lack(opened, choice.file),
                    }
                    for reftype, choice in found.items()
                }
                for exposure, found in choices.items()
            },
        },
        indent=1,
    )


def _lack(opened: PrivateContext, name: str) -> str:
    path = Path(name) if "/" in name else reference_path(opened, name)
    return "" if path.is_file() else "the cache does not hold this file"
