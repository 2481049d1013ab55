"""Tells labels from files among the words of a command line, in any order."""

import difflib
import glob
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mkrefs.errors import UserError


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a command line, sorted.

    Attributes
    ----------
    labels : tuple of str
        Reference labels, each once, in the order given.
    files : tuple of str
        Files and glob patterns, as given.
    """

    labels: tuple[str, ...]
    files: tuple[str, ...]


def sort_words(words: Sequence[str], known: Mapping[str, str], *, needs_all: bool = True) -> Words:
    """Sort words into labels and files.

    A word is a label, or several with commas between them, if it names known ones; everything else must
    look like a file: it exists, is a pattern, has a path separator, or ends in ``.fits`` or ``.fits.gz``.

    Parameters
    ----------
    words : sequence of str
        As typed.
    known : mapping of str to str
        Label by the word that stands for it.
    needs_all : bool
        Whether there must be a label and a file.

    Returns
    -------
    Words

    Raises
    ------
    UserError
        If a word is neither, or there is no label, or no file where both are needed.
    """
    labels: list[str] = []
    files: list[str] = []
    for word in words:
        parts = [part.strip() for part in word.split(",") if part.strip()]
        if parts and all(part in known for part in parts):
            labels += [known[part] for part in parts]
        elif _looks_like_file(word):
            files.append(word)
        else:
            raise UserError(_neither(word, parts, known))
    if needs_all and not labels:
        raise UserError(
            "No label was given that tells what to make; installed labels are "
            f"{', '.join(sorted(known)) or 'none'}; write, for instance, 'mkrefs readnoise FILES'."
        )
    if needs_all and not files:
        raise UserError(
            f"No files were given to make {', '.join(labels)} from; add files or quoted glob patterns."
        )
    return Words(tuple(dict.fromkeys(labels)), tuple(files))


def _looks_like_file(word: str) -> bool:
    path = Path(word).expanduser()
    return (
        path.exists() or glob.has_magic(word) or "/" in word or word.lower().endswith((".fits", ".fits.gz"))
    )


def _neither(word: str, parts: Sequence[str], known: Collection[str]) -> str:
    wrong = next((part for part in parts if part not in known), word)
    close = difflib.get_close_matches(wrong, sorted(known), n=1)
    hint = f"did you mean '{close[0]}'? " if close else ""
    return (
        f"'{wrong}' is neither a label nor a file; {hint}"
        f"the labels there are: {', '.join(sorted(known)) or 'none'} (see 'mkrefs plugins')."
    )
