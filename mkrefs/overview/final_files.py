"""The final reference files of runs."""

from collections.abc import Sequence
from pathlib import Path

from mkrefs.errors import UserError
from mkrefs.jobs.outcome import State
from mkrefs.overview.collect import overview
from mkrefs.overview.records import Presence, ProductRecord, RunRecord
from mkrefs.overview.run_folders import only_run_folder

#: The kind of job that makes final files.
FINAL = "CombineJob"


def with_final_files(places: Sequence[Path]) -> tuple[Path, ...]:
    """Put the final files of a run in the place of its folder.

    Parameters
    ----------
    places : sequence of Path
        Files, and folders of runs or with one run below.

    Returns
    -------
    tuple of Path
        Files, each once, in the order of ``places``.

    Raises
    ------
    UserError
        If a folder holds no run or several, a command is at work in it, or not all of its final files are
        there as they were made.
    """
    found: dict[Path, None] = {}
    for place in places:
        found |= dict.fromkeys(_final_files(place) if place.is_dir() else (place,))
    return tuple(found)


def only_run(folder: Path) -> RunRecord:
    """Tell of the one run in or below a folder.

    Raises
    ------
    UserError
        If there is none, or several.
    """
    return overview(only_run_folder(folder))


def final_products(run: RunRecord) -> list[ProductRecord]:
    """Give what is known of the final files of a run.

    Raises
    ------
    UserError
        If it has none.
    """
    finals = [product for product in run.products if product.kind == FINAL]
    if not finals:
        raise UserError(f"{run.folder}: this run has no final files; make some, or name files.")
    return finals


def not_there(product: ProductRecord) -> str:
    """Say why a file was not made, or that it is missing; empty if it is there."""
    if product.state in (State.FAILED, State.SKIPPED):
        return f"{product.file} was not made ({product.reason.rstrip('.')})"
    return f"{product.file} is missing" if product.presence in (Presence.GONE, Presence.NONE) else ""


def _final_files(folder: Path) -> list[Path]:
    run = only_run(folder)
    if run.at_work:
        raise UserError(f"{run.folder}: a run is at work here; wait until it ends.")
    finals = final_products(run)
    unfit = [reason for product in finals if (reason := _unfit(product))]
    if unfit:
        raise UserError(f"{'; '.join(unfit)}; make the run complete, or name its good files one by one.")
    return [Path(product.file) for product in finals]


def _unfit(product: ProductRecord) -> str:
    changed = product.presence is Presence.CHANGED
    return not_there(product) or (f"{product.file} was changed after it was made" if changed else "")
