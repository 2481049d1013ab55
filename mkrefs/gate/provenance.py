"""What is known of the exposures that a reference file was made from, and who says so."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mkrefs.contract.checks import MadeFrom
from mkrefs.contract.exposure_metadata import ExposureMetadata
from mkrefs.errors import UserError
from mkrefs.instruments.exposure_header import FIELDS
from mkrefs.ledger.manifest import manifest_beside, read_manifest

#: What must be the same of a reference file and its exposures.
_KEYWORDS = (
    *("INSTRUME", "DETECTOR", "READPATT", "SUBARRAY"),
    *("SUBSTRT1", "SUBSTRT2", "SUBSIZE1", "SUBSIZE2"),
)
#: When the exposures were taken: the first and the last day.
_DAYS = "DATE-OBS"
#: The lines that mkrefs writes into HISTORY.
_TAKEN = re.compile(r"Exposures taken (?:on|from) (\d{4}-\d\d-\d\d)(?: to (\d{4}-\d\d-\d\d))?")
_IN_HISTORY = re.compile(r"Exposures read with READPATT (\S+), SUBARRAY (\S+)")


def from_metadata(
    metadata: ExposureMetadata | Mapping[str, Any], source: str, label: str = "", days: Sequence[str] = ()
) -> MadeFrom:
    """Take it from what a job knows of its first exposure, and of the days of all."""
    values = asdict(metadata) if isinstance(metadata, ExposureMetadata) else metadata
    known = {keyword: values.get(FIELDS[keyword]) for keyword in _KEYWORDS}
    found = {keyword: (_text(value),) for keyword, value in known.items() if value not in (None, "")}
    return MadeFrom({**found, **({_DAYS: tuple(days)} if days else {})}, source, label)


def read_exposures(files: Sequence[Path]) -> tuple[Mapping[str, str], ...]:
    """Read the headers of exposures.

    Raises
    ------
    UserError
        If one of them cannot be read.
    """
    from astropy.io import fits

    headers = []
    for file in files:
        try:
            with file.open("rb") as stream:
                header = fits.getheader(stream)
        except (OSError, ValueError) as error:
            raise UserError(
                f"{file}: this exposure cannot be read: {' '.join(str(error).split())}."
            ) from error
        present = (keyword for keyword in (*_KEYWORDS, _DAYS) if header.get(keyword) not in (None, ""))
        headers.append({keyword: _text(header[keyword]) for keyword in present})
    return tuple(headers)


def from_exposures(headers: Sequence[Mapping[str, str]], detector: str) -> MadeFrom:
    """Take it from the headers of exposures: those of the file's detector, if there are any."""
    own = [header for header in headers if header.get("DETECTOR") == detector] or headers
    values: dict[str, list[str]] = {}
    for header in own:
        for keyword, value in header.items():
            values.setdefault(keyword, []).append(value)
    return MadeFrom(_each_once(values), "the header of the exposures")


def from_file(path: Path, history: Sequence[str]) -> MadeFrom | None:
    """Take it from the manifest beside a file of mkrefs, or else from HISTORY; None if neither tells."""
    manifest = read_manifest(manifest_beside(path))
    metadata = manifest.job.get("metadata") if manifest else None
    if manifest and isinstance(metadata, Mapping):
        label, days = str(manifest.job.get("label", "")), manifest.job.get("days", ())
        return from_metadata(metadata, "the manifest beside it", label, days)
    found = [match.groups() for line in history if (match := _IN_HISTORY.search(line))]
    if not found:
        return None
    patterns, subarrays = zip(*found, strict=True)
    values = {"READPATT": patterns, "SUBARRAY": subarrays}
    days = [day for line in history if (match := _TAKEN.search(line)) for day in match.groups() if day]
    return MadeFrom(_each_once({**values, **({_DAYS: days} if days else {})}), "its HISTORY")


def _each_once(values: Mapping[str, Iterable[str]]) -> dict[str, tuple[str, ...]]:
    return {keyword: tuple(dict.fromkeys(found)) for keyword, found in values.items()}


def _text(value: Any) -> str:
    return str(value).strip().upper()
