"""The file that tells which reference files were chosen: by exposure and type, the file or why there is none.

Paths are relative to its own folder, so that a run's folder can be moved.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from mkrefs.crds_context import Choice
from mkrefs.storage.atomic import write_text_atomic

Selection = Mapping[str, Mapping[str, Choice]]


def write_selection(path: Path, selection: Selection) -> None:
    """Write what was chosen, by exposure and reference type."""
    content = {
        exposure: {reftype: _entry(choice, path.parent) for reftype, choice in choices.items()}
        for exposure, choices in selection.items()
    }
    write_text_atomic(path, json.dumps(content, indent=1) + "\n")


def read_selection(path: Path) -> Selection:
    """Read what was chosen; the files of the layer are given as whole paths."""
    content = json.loads(path.read_text(encoding="utf-8"))
    return {
        exposure: {reftype: _choice(entry, path.parent) for reftype, entry in choices.items()}
        for exposure, choices in content.items()
    }


def _entry(choice: Choice, folder: Path) -> dict[str, str]:
    if choice.layered:
        return {"own": os.path.relpath(choice.file, folder)}
    return {"crds": choice.file} if choice.file else {"none": choice.reason}


def _choice(entry: Mapping[str, str], folder: Path) -> Choice:
    if "own" in entry:
        return Choice(os.path.normpath(folder / entry["own"]), layered=True)
    return Choice(entry.get("crds", ""), reason=entry.get("none", ""))
