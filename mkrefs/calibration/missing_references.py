"""What to say when CRDS cannot give a reference file, or a damaged one: which, for what, and what to do."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mkrefs.crds_context import RulesReader, RulesView
from mkrefs.crds_context.identity import cache_of, context_name
from mkrefs.errors import UserError
from mkrefs.instruments.reference_types import REFERENCE_TYPES
from mkrefs.jobs.crds_state import CrdsState
from mkrefs.ledger.content_digest import TruncatedError, check_whole

_REFTYPE = re.compile(r"best reference for '([\w-]+)'")
#: How crds says that all files of the case are of later dates.
_TOO_EARLY = "No selection <="
#: How crds says that a file is not in the cache, and that it was told not to look elsewhere.
_NO_SERVER = "server-less mode"
_LONGEST = 300
_MOST_NAMED = 3
_ADVICE = "add one with 'mkrefs context add', or name a file in reffile4ssb."


@contextmanager
def crds_failures(exposure: str, source: str, crds: CrdsState) -> Iterator[None]:
    """Tell in one sentence when CRDS cannot give what the pipeline asks for.

    Parameters
    ----------
    exposure : str
        Name of the exposure.
    source : str
        The file that is calibrated: by its header CRDS chooses.
    crds : CrdsState
        Cache and context.

    Raises
    ------
    UserError
        In place of what crds raised, and of what came of a file in its cache that is not whole.
    """
    # Seconds to import: only a worker that has something to calibrate pays for it.
    from crds.core.exceptions import CrdsError

    try:
        yield
    except CrdsError as error:
        raise UserError(f"{exposure}: {_sentence(str(error), source, crds)}") from error
    except UserError:
        raise
    except Exception as error:  # whatever comes of reading half a file
        damaged = _damaged(source, crds)
        if not damaged:
            raise
        raise UserError(
            f"{exposure}: a reference file of the CRDS cache is damaged: {damaged}; restore it and run again"
        ) from error


def _sentence(message: str, source: str, crds: CrdsState) -> str:
    """Put what crds says, which may quote the whole table of choices, in a sentence."""
    lost = _lost(source, crds) if _NO_SERVER in message else ()
    if lost:
        names = f"{', '.join(lost[:_MOST_NAMED])}{' and others' if len(lost) > _MOST_NAMED else ''}"
        return (
            f"{context_name(crds)} names files that the CRDS cache {_root(crds)} lacks ({names}), and there "
            "is no server to fetch them from; restore them, or choose another context."
        )
    found = _REFTYPE.search(message)
    reftype = found[1] if found else ""
    if reftype not in REFERENCE_TYPES:
        short = " ".join(message.split())
        short = short if len(short) <= _LONGEST else f"{short[:_LONGEST]} ..."
        return f"CRDS cannot give the reference files the pipeline needs: {short}"
    if _TOO_EARLY in message:
        mode, date = _mode(reftype, source)
        name = context_name(crds) or "CRDS"
        return (
            f"all {reftype} files of {name} for {mode} have a USEAFTER later than its date, {date}; {_ADVICE}"
        )
    return no_file(reftype, source, crds)


def no_file(reftype: str, source: str, crds: CrdsState) -> str:
    """Say that a context has no file of a type for an exposure, and what to do.

    Parameters
    ----------
    reftype : str
        A key of `REFERENCE_TYPES`.
    source : str
        The file of the exposure.
    crds : CrdsState
        Cache and context.
    """
    mode, _ = _mode(reftype, source)
    return f"{context_name(crds) or 'CRDS'} has no {reftype} for {mode}; {_ADVICE}"


def _mode(reftype: str, source: str) -> tuple[str, str]:
    """Give the values by which CRDS chooses among files of a type, and the date."""
    from astropy.io import fits

    header = fits.getheader(source)
    instrument = str(header.get("INSTRUME", ""))
    keywords = REFERENCE_TYPES[reftype].selectors.get(instrument, ())
    values = ", ".join(f"{keyword} {header.get(keyword, 'not set')}" for keyword in keywords)
    return f"{instrument} {values}".strip(), str(header.get("DATE-OBS", ""))


def _lost(source: str, crds: CrdsState) -> tuple[str, ...]:
    """Name the files that the rules may give to exposures of the detector and that are not in the cache."""
    return RulesReader().lost_files(crds, _view(source))


def _damaged(source: str, crds: CrdsState) -> str:
    """Name a file that the rules may give to exposures of the detector and that is not whole, if any."""
    for path in _files(source, crds):
        try:
            with path.open("rb") as stream:
                check_whole(stream)
        except FileNotFoundError:
            continue
        except (TruncatedError, OSError) as error:
            return f"{path}: {error}"
    return ""


def _files(source: str, crds: CrdsState) -> tuple[Path, ...]:
    try:
        return RulesReader().files(crds, _view(source))
    except (UserError, OSError):  # what is told is the error that led here
        return ()


def _view(source: str) -> RulesView:
    """Give the view of the rules that exposures of the detector have."""
    from astropy.io import fits

    header = fits.getheader(source)
    return RulesView((), str(header.get("INSTRUME", "")), str(header.get("DETECTOR", "")))


def _root(crds: CrdsState) -> Path | str:
    cache = cache_of(crds)
    return cache.root if cache is not None else crds.path
