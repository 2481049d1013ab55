"""When the exposures behind a reference file were taken, and what USEAFTER and PEDIGREE follow from that."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from mkrefs.contract.header_text import FROM_DATES, INFLIGHT, inflight_days
from mkrefs.crds_context import rival_files
from mkrefs.instruments.exposure_header import FIELDS, Header
from mkrefs.jobs.crds_state import CrdsState
from mkrefs.jobs.making import CombineJob
from mkrefs.planning.request import LabelRequest
from mkrefs.reference_files.history import between

_MJD_ZERO = date(1858, 11, 17)
#: A USEAFTER this much before the first exposure is worth a note.
_LONG_BEFORE = timedelta(days=2 * 365)
_DAYS_PER_YEAR = 365.25
#: Keywords by which CRDS chooses and for which a parameter may give the file's own value.
_SETTABLE = ("SUBARRAY", "READPATT", "EXP_TYPE")


def days_of(rows: Iterable[Header]) -> tuple[str, str]:
    """Give the days on which the first and the last exposure began.

    Parameters
    ----------
    rows : iterable of mapping
        Rows of the catalog, one at least; all have a time, ``mjd``.

    Returns
    -------
    tuple of str
        Two days (UTC) as YYYY-MM-DD, perhaps the same.
    """
    times = [float(row["mjd"]) for row in rows]
    first, last = (str(_MJD_ZERO + timedelta(days=math.floor(mjd))) for mjd in (min(times), max(times)))
    return first, last


def dated_parameters(parameters: Mapping[str, Any], days: Sequence[str]) -> Mapping[str, Any]:
    """Put dates in the place of ``useafter: AUTO`` and ``pedigree: INFLIGHT``.

    Parameters
    ----------
    parameters : mapping
        All parameters of a label.
    days : sequence of str
        As `days_of` gives for the exposures behind the file.

    Returns
    -------
    mapping
    """
    dates = {
        ("useafter", FROM_DATES): proposed_useafter(days),
        ("pedigree", INFLIGHT): f"{INFLIGHT} {days[0]} {days[-1]}",
    }
    found = {name: text for (name, word), text in dates.items() if parameters.get(name) == word}
    return {**parameters, **found}


def proposed_useafter(days: Sequence[str]) -> str:
    """Give the USEAFTER that AUTO stands for: the beginning of the day of the first exposure."""
    return f"{days[0]}T00:00:00"


def dating_notes(request: LabelRequest, finals: Sequence[CombineJob], crds: CrdsState) -> tuple[str, ...]:
    """Tell where USEAFTER and PEDIGREE of final files do not suit their exposures or the context.

    Parameters
    ----------
    request : LabelRequest
        The label.
    finals : sequence of CombineJob
        Its final files.
    crds : CrdsState
        The context in force.

    Returns
    -------
    tuple of str
        One sentence each.
    """
    beaten = {final.id: _beaten(final, crds) for final in finals}
    notes = [
        *_long_before(request, [final for final in finals if not beaten[final.id]]),
        *(note for note in beaten.values() if note),
        *(note for final in finals for note in _not_covered(final)),
    ]
    return tuple(dict.fromkeys(notes))


def _long_before(request: LabelRequest, finals: Sequence[CombineJob]) -> Iterator[str]:
    first = min((final.days[0] for final in finals), default="")
    useafter = str(request.parameters.get("useafter", ""))
    if not first or not useafter or useafter == FROM_DATES:
        return
    before = date.fromisoformat(first) - date.fromisoformat(useafter[:10])
    if before >= _LONG_BEFORE:
        years = round(before.days / _DAYS_PER_YEAR)
        yield (
            f"useafter {useafter[:10]} is {years} years before the first exposure: the file will serve all "
            f"that was taken since; AUTO would give {proposed_useafter([first])}"
        )


def _beaten(final: CombineJob, crds: CrdsState) -> str:
    """Tell of a file of the context that goes before the new one for the very exposures this is made from."""
    useafter = str(final.parameters.get("useafter", "")).replace("T", " ")
    until = f"{final.days[-1]} 23:59:59"
    rivals = rival_files(crds, final.metadata.instrument, final.reftype, _filed_under(final))
    later = [(since, file) for since, file in rivals if useafter < since <= until]
    if not later:
        return ""
    since, file = max(later)
    proposed = proposed_useafter(final.days)
    remedy = (
        f"AUTO would give {proposed}"
        if proposed.replace("T", " ") >= since
        else "set a useafter that is not before that to replace it"
    )
    return (
        f"useafter {useafter.replace(' ', 'T')} is before that of {file} in the context, which CRDS goes on "
        f"to give to {final.metadata.detector} {final.metadata.subarray} exposures from {since} on; {remedy}"
    )


def _filed_under(final: CombineJob) -> dict[str, str]:
    """Give the values by which CRDS files the new file, by FITS keyword."""
    values = {keyword: getattr(final.metadata, name) for keyword, name in FIELDS.items()}
    own = {keyword: final.parameters.get(keyword.lower()) for keyword in _SETTABLE}
    values.update((keyword, value) for keyword, value in own.items() if value is not None)
    return {keyword: str(value) for keyword, value in values.items() if value is not None}


def _not_covered(final: CombineJob) -> Iterator[str]:
    stated = inflight_days(str(final.parameters.get("pedigree", "")))
    if stated and not (stated[0] <= final.days[0] and final.days[-1] <= stated[1]):
        yield (
            f"pedigree {INFLIGHT} {stated[0]} {stated[1]} does not cover the exposures, which were taken "
            f"{between(final.days)}; {INFLIGHT} alone takes their dates"
        )
