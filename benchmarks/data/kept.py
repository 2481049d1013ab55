"""Folders of data that are made once: a note in them, written last, tells of what."""

import json
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

_NOTE = "made.json"


def kept(folder: Path, spec: Mapping[str, Any], make: Callable[[Path], None]) -> Path:
    """Give a folder of data, which is made if it is not there or is of another specification.

    Parameters
    ----------
    folder : Path
        The folder.
    spec : mapping
        What is in it; JSON values.
    make : callable
        Fills the folder, which is there and empty.
    """
    note = folder / _NOTE
    wanted = json.dumps(spec, sort_keys=True)
    if note.is_file() and note.read_text(encoding="utf-8") == wanted:
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    print(f"Making {folder} ...", flush=True)
    make(folder)
    note.write_text(wanted, encoding="utf-8")
    return folder
