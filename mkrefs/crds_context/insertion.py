"""Inserts reference files into the rules by crds' own refactoring code. For the child process only."""

import logging
import re
import shutil
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crds.core import rmap as crds_rmap
from crds.core.exceptions import CrdsError
from crds.refactoring import newcontext, refactor

from mkrefs.crds_context.cache import Cache
from mkrefs.crds_context.candidates import Candidate, content_digest, read_candidate, undefined_keys
from mkrefs.crds_context.crds_process import crds_messages
from mkrefs.crds_context.empty_rules import write_empty_rmap
from mkrefs.crds_context.naming import next_name
from mkrefs.crds_context.rules import read_rules, rmap_of
from mkrefs.crds_context.selectors import FITS_KEYWORDS, parkeys
from mkrefs.errors import UserError

Added = tuple[str, str, bool]

_PREAMBLE = re.compile(r"^.*Match case ", re.DOTALL)
_USEAFTER = re.compile(r" : UseAfter\(\{ '[^']*' : ")
#: How crds writes a value by which it selects.
_VALUE = re.compile(r"\(*\('META\.[\w.]+ \[([\w-]+)\]', '([^']*)'\)(?:,?\))*")
_ADVICE = re.compile(r"(Each reference would replace|Cancel the submission).*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class _Update:
    """What became of the files of one type: the new rmap, if any; file, name, whether new; refusals."""

    rmap: str | None
    added: tuple[Added, ...]
    refused: tuple[str, ...]


def insert_references(
    copy: Cache, cache: Cache, context: str, files: list[Path], *, link: bool = False
) -> dict[str, Any]:
    """Make a new context with more reference files in a staged cache.

    Parameters
    ----------
    copy : Cache
        The staged cache; rules and copies of the files are written here.
    cache : Cache
        The cache itself: which names and contents it has.
    context : str
        Name of the pmap to start from.
    files : list of Path
        The files to add.
    link : bool
        Put links to the files into the staged cache instead of copies.

    Returns
    -------
    dict
        ``refused``: reasons, in which case nothing else counts; ``added``: file, name, whether new;
        ``context``: name of the pmap.
    """
    groups: dict[tuple[str, str], list[Candidate]] = defaultdict(list)
    refused: list[str] = []
    for path in files:
        try:
            candidate = read_candidate(path)
            groups[candidate.instrument, candidate.reftype].append(candidate)
        except UserError as error:
            refused.append(str(error))
    updates = [_update_type(copy, cache, context, members, link) for _, members in sorted(groups.items())]
    refused += [reason for update in updates for reason in update.refused]
    rmaps = [update.rmap for update in updates if update.rmap is not None]
    return {
        "refused": refused,
        "added": [entry for update in updates for entry in update.added],
        "context": put_in_context(context, rmaps) if rmaps and not refused else context,
    }


def open_rules(copy: Cache, context: str, instrument: str, reftype: str, suffix: str = ".fits") -> str:
    """Give the name of the rmap of a type, making an empty one where the context has none.

    Raises
    ------
    UserError
        If neither the context nor mkrefs has rules for the type.
    """
    name = rmap_of(copy.mappings, context, instrument, reftype)
    if name is not None:
        return name
    keys = parkeys(instrument.upper(), reftype)
    if keys is None:
        raise UserError(f"{instrument.upper()} has no rules for the reference type {reftype.upper()}")
    name = next_name(f"jwst_{instrument}_{reftype}", ".rmap", _names(copy.mappings))
    write_empty_rmap(copy.mappings / name, instrument, reftype, keys, suffix)
    return name


def put_in_context(context: str, rmaps: Iterable[str]) -> str:
    """Make a context with other rmaps, in the working directory; give the name of its pmap."""
    names = newcontext.new_context(context, list(rmaps))
    newcontext.update_header_names(names)
    return Path(names[context]).name


def _update_type(copy: Cache, cache: Cache, context: str, members: list[Candidate], link: bool) -> _Update:
    """Insert the files of one instrument and type."""
    instrument, reftype = members[0].instrument, members[0].reftype
    try:
        old = open_rules(copy, context, instrument, reftype, members[0].path.suffix.lower())
    except UserError as error:
        return _Update(None, (), tuple(f"{member.path}: {error}" for member in members))
    rules = crds_rmap.fetch_mapping(str(copy.mappings / old), ignore_checksum=True)
    refused = [reason for member in members if (reason := _missing_keys(rules, member))]
    if refused:
        return _Update(None, (), tuple(refused))
    added, new = _named(copy, cache, copy.mappings / old, members, link)
    if not new:
        return _Update(None, added, ())
    rmap, problems = _extended(copy, old, new)
    return _Update(rmap, added, problems)


def _missing_keys(rules: Any, member: Candidate) -> str:
    missing = [FITS_KEYWORDS.get(key, key) for key in undefined_keys(rules, member.path)]
    if not missing:
        return ""
    reftype = member.reftype.upper()
    return f"{member.path}: its header lacks {', '.join(missing)}, by which CRDS selects {reftype} files"


def _named(
    copy: Cache, cache: Cache, rmap: Path, members: list[Candidate], link: bool
) -> tuple[tuple[Added, ...], dict[str, Candidate]]:
    """Name each file, by what the rmap has already where the content is the same; copy the new ones."""
    instrument, stem = members[0].instrument, f"jwst_{members[0].instrument}_{members[0].reftype}"
    known = _contents(
        cache.reference_folder(instrument), rmap, {member.path.stat().st_size for member in members}
    )
    taken = _names(cache.reference_folder(instrument)) | _files_of(rmap)
    added, new = [], {}
    for member in members:
        is_new = member.digest not in known
        if is_new:
            name = next_name(stem, member.path.suffix.lower(), taken)
            taken.add(name)
            known[member.digest] = name
            new[name] = member
            _put_reference(member.path, copy.reference_folder(instrument) / name, link)
        added.append((str(member.path), known[member.digest], is_new))
    return tuple(added), new


def _contents(folder: Path, rmap: Path, sizes: set[int]) -> dict[str, str]:
    """Give the names of an rmap's files by SHA-256; files of other sizes need not be read."""
    paths = [folder / name for name in sorted(_files_of(rmap))]
    return {
        content_digest(path): path.name for path in paths if path.is_file() and path.stat().st_size in sizes
    }


def _files_of(rmap: Path) -> set[str]:
    return {
        str(name)
        for dated in read_rules(rmap).selector.values()
        for name in (dated.values() if isinstance(dated, dict) else (dated,))
    }


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.glob("jwst_*")} if folder.is_dir() else set()


def _put_reference(source: Path, target: Path, link: bool) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if link:
        target.symlink_to(source.absolute())
    else:
        shutil.copyfile(source, target)


def _extended(copy: Cache, old: str, new: dict[str, Candidate]) -> tuple[str, tuple[str, ...]]:
    """Insert named files into a copy of an rmap; give its name, and what crds objects to."""
    instrument, reftype = next((member.instrument, member.reftype) for member in new.values())
    name = next_name(f"jwst_{instrument}_{reftype}", ".rmap", _names(copy.mappings))
    folder = copy.reference_folder(instrument)
    with crds_messages(logging.ERROR) as inserting:
        try:
            refactor.rmap_insert_references(
                str(copy.mappings / old),
                str(copy.mappings / name),
                [str(folder / file) for file in new],
                observatory="jwst",
            )
        except CrdsError as error:
            files = ", ".join(str(member.path) for member in new.values())
            return name, (f"{files}: {_cannot_tell(str(error), new)}",)
    refactor.update_derivation(str(copy.mappings / name), old)
    objections = [*inserting, *(_objections(copy.mappings / name) - _objections(copy.mappings / old))]
    return name, tuple(_cannot_tell(reason, new) for reason in objections)


def _objections(rmap: Path) -> set[str]:
    """Have crds validate rules; ambiguous matches are what it finds in ours."""
    with crds_messages(logging.ERROR) as found:
        try:
            crds_rmap.fetch_mapping(str(rmap), ignore_checksum=True).validate_mapping()
        except CrdsError as error:
            found.append(" ".join(str(error).split()))
    return set(found)


def _cannot_tell(reason: str, new: dict[str, Candidate]) -> str:
    """Leave out crds' advice to its own deliverers, and name the new files as the user does."""
    reason = _USEAFTER.sub(" of ", _PREAMBLE.sub("", _ADVICE.sub("", " ".join(reason.split())))).strip()
    for name, member in new.items():
        reason = reason.replace(repr(name), str(member.path)).replace(name, str(member.path))
    reason = _VALUE.sub(r"\1 \2", reason)
    return f"CRDS cannot tell files apart: {reason}"
