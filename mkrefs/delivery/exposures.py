"""The exposures behind a final file: their names, and when they were taken, as far as files still tell."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from mkrefs.delivery.headers import Header, read_header
from mkrefs.errors import UserError
from mkrefs.jobs.exposures import exposures_of
from mkrefs.ledger.manifest import Manifest, manifest_beside, read_manifest


@dataclass(frozen=True, slots=True)
class Exposures:
    """The exposures that a file was made from.

    Attributes
    ----------
    names : tuple of str
        Their names.
    first, last : datetime or None
        When the first and the last began, UTC; None if it is not known of all.
    pipeline : tuple of str
        Versions of jwst that calibrated them, as far as their files tell.
    """

    names: tuple[str, ...] = ()
    first: datetime | None = None
    last: datetime | None = None
    pipeline: tuple[str, ...] = ()

    @property
    def days(self) -> str:
        """The days from the first to the last; empty if these are not known."""
        if self.first is None or self.last is None:
            return ""
        return " to ".join(dict.fromkeys((f"{self.first:%Y-%m-%d}", f"{self.last:%Y-%m-%d}")))


def exposures_behind(path: Path, manifest: Manifest | None) -> Exposures:
    """Find the exposures behind a final file.

    Parameters
    ----------
    path : Path
        The file; the run folder may have been moved since it was made.
    manifest : Manifest or None
        What made it.

    Returns
    -------
    Exposures
        Empty for a file without manifest.
    """
    if manifest is None:
        return Exposures()
    moved = _Moved(str(manifest.job.get("output", "")), path)
    times: dict[str, datetime | None] = dict.fromkeys(exposures_of(manifest.job))
    versions: dict[str, None] = {}
    for individual in _strings(manifest.job.get("individuals")):
        maker = read_manifest(manifest_beside(moved.now(individual)))
        for ramp in maker.job.get("ramps", ()) if maker else ():
            header = _header(moved.now(str(ramp["path"])))
            times[str(ramp["exposure"])] = _begun(header)
            versions |= {header.text("CAL_VER"): None} if header.text("CAL_VER") else {}
    known = [time for time in times.values() if time is not None]
    if len(known) < len(times):  # files that are gone: the maker of the final file knew the days
        known = [datetime.fromisoformat(day) for day in _strings(manifest.job.get("days"))]
    return Exposures(tuple(times), min(known, default=None), max(known, default=None), tuple(versions))


@dataclass(frozen=True, slots=True)
class _Moved:
    """Where a final file was made, and where it lies now: the run folder is two levels up."""

    before: str
    here: Path

    def now(self, path: str) -> Path:
        top = Path(self.before).parent.parent
        there = Path(path)
        return self.here.parent.parent / there.relative_to(top) if there.is_relative_to(top) else there


def _header(path: Path) -> Header:
    """Read a header; an empty one where the file is gone."""
    try:
        return read_header(path)
    except UserError:
        return Header({}, ())


def _begun(header: Header) -> datetime | None:
    try:
        return datetime.fromisoformat(f"{header.text('DATE-OBS')}T{header.text('TIME-OBS')}")
    except ValueError:
        return None


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, list | tuple):
        yield from map(str, value)


def software_of(manifest: Manifest | None, history: tuple[str, ...]) -> Mapping[str, str]:
    """Give the versions of the software that made a file: by its manifest, or else by its HISTORY."""
    if manifest is not None:
        return manifest.versions
    for line in history:
        if line.startswith("Software: "):
            words = (part.rpartition(" ") for part in line.removeprefix("Software: ").split(", "))
            return {name: version for name, _, version in words if name}
    return {}
