"""Inserts reference files into the rules by crds' own refactoring code. For the child process only."""

import logging
import shutil
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from crds.core import rmap as crds_rmap
from crds.core.exceptions import CrdsError
from crds.refactoring import newcontext, refactor

from mkrefs.crds_context.ambiguity import explain, in_plain_words, place_of
from mkrefs.crds_context.cache import Cache
from mkrefs.crds_context.candidates import Candidate, read_candidate, wrong_values
from mkrefs.crds_context.coverage import Finding, Kind
from mkrefs.crds_context.crds_process import crds_messages
from mkrefs.crds_context.empty_rules import write_empty_rmap
from mkrefs.crds_context.examination import TypeTrial
from mkrefs.crds_context.naming import next_name
from mkrefs.crds_context.rules import read_rules, rmap_of
from mkrefs.crds_context.selectors import parkeys
from mkrefs.errors import UserError
from mkrefs.storage.checksum import sha256_of

Added = tuple[str, str, bool]

#: Words of crds: one category is a special case of another; two new files are to stand in one place.
_EQUAL_WEIGHT = "equal weight special case"
_SAME_PLACE = "identically match case"


@dataclass(frozen=True, slots=True)
class Insertion:
    """What became of files that were to be inserted.

    Attributes
    ----------
    refused : tuple of Finding
        Why files cannot be inserted; if there are any, the context stays what it was.
    added : tuple of (str, str, bool)
        File, its name in the context, and whether it is new there.
    context : str
        Name of the pmap with the new files.
    trials : tuple of TypeTrial
        The rules of each type that took its files, without and with them.
    """

    refused: tuple[Finding, ...]
    added: tuple[Added, ...]
    context: str
    trials: tuple[TypeTrial, ...]


@dataclass(frozen=True, slots=True)
class _Update:
    """What became of the files of one type."""

    trial: TypeTrial | None
    added: tuple[Added, ...]
    refused: tuple[Finding, ...]


def insert_references(
    copy: Cache, cache: Cache, context: str, files: list[Path], *, link: bool = False
) -> Insertion:
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
    Insertion
        The new context, or why there is none.
    """
    groups: dict[tuple[str, str], list[Candidate]] = defaultdict(list)
    refused: list[Finding] = []
    for path in files:
        try:
            candidate = read_candidate(path)
            groups[candidate.instrument, candidate.reftype].append(candidate)
        except UserError as error:
            refused.append(_refusal(path, str(error).removeprefix(f"{path}: ")))
    updates = [_update_type(copy, cache, context, members, link) for _, members in sorted(groups.items())]
    refused += [reason for update in updates for reason in update.refused]
    trials = tuple(update.trial for update in updates if update.trial is not None)
    return Insertion(
        tuple(refused),
        tuple(entry for update in updates for entry in update.added),
        put_in_context(context, [trial.new.name for trial in trials]) if trials and not refused else context,
        trials,
    )


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
    had = rmap_of(copy.mappings, context, instrument, reftype)
    try:
        old = open_rules(copy, context, instrument, reftype, members[0].path.suffix.lower())
    except UserError as error:
        return _Update(None, (), tuple(_refusal(member.path, str(error)) for member in members))
    rules = crds_rmap.fetch_mapping(str(copy.mappings / old), ignore_checksum=True)
    refused = tuple(finding for member in members for finding in wrong_values(rules, member.path))
    if refused:
        return _Update(None, (), refused)
    added, new = _named(copy, cache, copy.mappings / old, members, link)
    if not new:
        return _Update(None, added, ())
    rmap, problems = _extended(copy, old, new)
    if problems:
        return _Update(None, added, problems)
    names = {name: str(member.path) for name, member in new.items()}
    before = copy.mappings / old if had else None
    return _Update(TypeTrial(instrument, reftype, before, copy.mappings / rmap, names), added, ())


def _refusal(path: Path, reason: str) -> Finding:
    return Finding(Kind.REFUSED, (str(path),), reason)


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
    return {sha256_of(path): path.name for path in paths if path.is_file() and path.stat().st_size in sizes}


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


def _extended(copy: Cache, old: str, new: dict[str, Candidate]) -> tuple[str, tuple[Finding, ...]]:
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
            return name, _problems(copy.mappings / old, new, [str(error)])
    refactor.update_derivation(str(copy.mappings / name), old)
    objections = [*inserting, *sorted(_objections(copy.mappings / name) - _objections(copy.mappings / old))]
    return name, _problems(copy.mappings / old, new, objections)


def _objections(rmap: Path) -> set[str]:
    """Have crds validate rules; ambiguous matches are what it finds in ours."""
    with crds_messages(logging.ERROR) as found:
        try:
            crds_rmap.fetch_mapping(str(rmap), ignore_checksum=True).validate_mapping()
        except CrdsError as error:
            found.append(" ".join(str(error).split()))
    return set(found)


def _problems(old: Path, new: Mapping[str, Candidate], objections: Iterable[str]) -> tuple[Finding, ...]:
    """Say what crds objects to: as pairs of categories where these are the reason, else in its own words."""
    objections = list(objections)
    if not objections:
        return ()
    paths = {name: str(member.path) for name, member in new.items()}
    rules = crds_rmap.fetch_mapping(str(old), ignore_checksum=True)
    found = explain(rules, {path: place_of(rules, path) for path in paths.values()})
    explained = (_EQUAL_WEIGHT, _SAME_PLACE) if found else ()
    for reason in objections:
        if any(words in reason for words in explained):
            continue
        said = in_plain_words(reason, paths)
        named = tuple(path for path in paths.values() if path in said) or tuple(paths.values())
        found.append(Finding(Kind.REFUSED, named, f"CRDS cannot tell files apart: {said}"))
    return tuple(found)
