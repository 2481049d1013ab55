"""Compares a reference file with a previous one as files: opens both, writes the maps, judges."""

from contextlib import ExitStack
from pathlib import Path

from mkrefs.comparison.comparison import compare_references
from mkrefs.comparison.maps import MapFile, in_ascii, primary_cards
from mkrefs.comparison.opened import open_reference
from mkrefs.comparison.places import overlay
from mkrefs.comparison.previous import Previous, check_kind
from mkrefs.comparison.report import ComparisonReport
from mkrefs.comparison.verdict import judge
from mkrefs.storage.atomic import atomic_write


def compare_files(file: Path, previous: Previous, maps: Path | None, *, where: str) -> ComparisonReport:
    """Compare a reference file with a previous one.

    Parameters
    ----------
    file : Path
        The new file.
    previous : Previous
        The other one, and where it comes from; it may be none.
    maps : Path or None
        Where the maps go: a FITS file without any image if nothing differs, or there is no previous file.
    where : str
        The previous file, and who asks, for messages.

    Returns
    -------
    ComparisonReport

    Raises
    ------
    UserError
        If a file cannot be read, or they are of different kinds.
    """
    if previous.path is None:
        if maps is not None:
            with atomic_write(maps) as path:
                MapFile(path, [("NEWFILE", in_ascii(file.name), "")])
        return ComparisonReport(file.name, "", previous.source)
    with ExitStack() as stack:
        new = stack.enter_context(open_reference(file))
        other = stack.enter_context(open_reference(previous.path))
        check_kind(new, other, where)
        written = None
        if maps is not None:
            path = stack.enter_context(atomic_write(maps))
            written = MapFile(path, primary_cards(new, other, previous.source, overlay(new, other)))
        comparison = compare_references(new, other, written)
    return ComparisonReport(
        file=file.name,
        previous=previous.path.name,
        source=previous.source,
        comparison=comparison,
        verdict=judge(comparison),
        maps=maps.name if maps is not None and written is not None and written.images else "",
    )
