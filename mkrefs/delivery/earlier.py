"""What lies in the folder already: an earlier delivery may be renewed, and keeps what people made there."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mkrefs.delivery.answers import Answers, read_answers
from mkrefs.delivery.form import FORM_NAME, added_comments, edited_answers
from mkrefs.delivery.names import SUFFIX
from mkrefs.delivery.record import CHECKSUMS_NAME, RECORD_NAME, Earlier, read_record
from mkrefs.errors import UserError
from mkrefs.storage.checksum import sha256_of

#: What mkrefs writes and does not keep a checksum of.
UNSUMMED = (FORM_NAME, RECORD_NAME, CHECKSUMS_NAME)


@dataclass(frozen=True, slots=True)
class Before:
    """What an earlier delivery leaves to the new one.

    Attributes
    ----------
    answers : mapping of str to str or bool
        Answers that people wrote into the form.
    comments : mapping of str to sequence of str
        Comments that they added to it, by the field below.
    added : mapping of str to Path
        Files that they put into the folder, by relative path.
    files : frozenset of str
        Names of the files that were delivered.
    """

    answers: Answers = field(default_factory=dict)
    comments: dict[str, list[str]] = field(default_factory=dict)
    added: dict[str, Path] = field(default_factory=dict)
    files: frozenset[str] = frozenset()


def look_at(folder: Path, sources: Sequence[Path]) -> Before:
    """Look at what lies in the folder of a delivery.

    Parameters
    ----------
    folder : Path
        The folder; it need not exist.
    sources : sequence of Path
        Run folders and files that are delivered now.

    Returns
    -------
    Before

    Raises
    ------
    UserError
        If it holds something else, the delivery of other files, or files of mkrefs that were changed.
    """
    if Path.cwd().is_relative_to(folder):
        raise UserError(f"{folder}: you are in this folder; name one that lies elsewhere.")
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return Before()
    earlier = read_record(folder) if folder.is_dir() else None
    if earlier is None:
        raise UserError(f"{folder}: this is no delivery of mkrefs; name a folder that does not exist yet.")
    if set(earlier.sources) != {str(source) for source in sources}:
        raise UserError(
            f"{folder}: here is the delivery of {', '.join(earlier.sources)}; name another folder, "
            f"and take the answers along with --form {folder / FORM_NAME}."
        )
    _refuse_changed(folder, earlier)
    return _kept(folder, earlier)


def _refuse_changed(folder: Path, earlier: Earlier) -> None:
    changed = [
        name
        for name, digest in earlier.contents.items()
        if (folder / name).is_file() and sha256_of(folder / name) != digest
    ]
    if changed:
        raise UserError(
            f"{folder}: {', '.join(changed)} changed since mkrefs delivered here, and would be lost; "
            "move away what you want to keep, or deliver to another folder."
        )


def _kept(folder: Path, earlier: Earlier) -> Before:
    form = folder / FORM_NAME
    values = read_answers(form) if form.is_file() else {}
    comments = added_comments(form.read_text(encoding="utf-8"), earlier.form) if form.is_file() else {}
    known = {*earlier.contents, *UNSUMMED}
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() or path.is_symlink()]
    names = {path.relative_to(folder).as_posix(): path for path in files}
    return Before(
        answers=edited_answers(values, earlier.written),
        comments=comments,
        added={name: path for name, path in names.items() if name not in known},
        files=frozenset(name for name in earlier.contents if name.endswith(SUFFIX) and "/" not in name),
    )
