"""Finds the folders of runs."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from mkrefs.errors import UserError
from mkrefs.ledger.journal import JOURNAL_NAME
from mkrefs.running.run_lock import LOCK_NAME


def find_run_folders(places: Sequence[Path]) -> tuple[Path, ...]:
    """Find all runs in and below some folders.

    Parameters
    ----------
    places : sequence of Path
        Run folders, or folders with runs anywhere below.

    Returns
    -------
    tuple of Path
        Absolute, each once, those below one place in the order of their names.

    Raises
    ------
    UserError
        If one of the places does not exist or holds no run.
    """
    found: dict[Path, None] = {}
    for place in places:
        runs = sorted(_runs(place.resolve()))
        if not runs:
            what = "there is no run in this folder" if place.is_dir() else "there is no such folder"
            raise UserError(
                f"{place}: {what}; give the folder of a run, such as mkrefs_out/001, or one that holds runs."
            )
        found.update(dict.fromkeys(runs))
    return tuple(found)


def only_run_folder(place: Path) -> Path:
    """Find the one run in or below a folder.

    Parameters
    ----------
    place : Path
        A run folder, or a folder with one run anywhere below.

    Returns
    -------
    Path
        Absolute.

    Raises
    ------
    UserError
        If there is none, or several.
    """
    runs = find_run_folders([place])
    if len(runs) > 1:
        raise UserError(
            f"{place}: there are {len(runs)} runs below this folder; name one, such as {runs[-1]}."
        )
    return runs[0]


def _runs(place: Path) -> Iterator[Path]:
    for folder, below, files in os.walk(place):
        if JOURNAL_NAME in files or LOCK_NAME in files:
            below.clear()  # a run holds no other
            yield Path(folder)
        else:
            below[:] = [name for name in below if not name.startswith(".")]
