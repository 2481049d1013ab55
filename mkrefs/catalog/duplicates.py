"""Finds input files that are the same file twice, or byte-identical copies."""

import hashlib
from collections.abc import Callable, Hashable, Iterable, Sequence
from pathlib import Path

from mkrefs.catalog.input_file import InputFile

_SAMPLES = 4
_SAMPLE_BYTES = 65536
_CHUNK = 1 << 22


def find_duplicates(files: Iterable[InputFile]) -> dict[str, str]:
    """Find files whose content is that of another file given.

    Headers alone prove nothing, since different exposures may have equal ones: of files equal in length
    and headers a few samples are compared, and only if these agree, all bytes.

    Parameters
    ----------
    files : iterable of InputFile
        Readable files with different paths, in any order.

    Returns
    -------
    dict of str to str
        Path of each file that should be left out, and the reason. The first by name stays; a file comes
        before the links to it.
    """
    ordered = sorted(files, key=lambda file: (file.linked, file.path))
    reasons: dict[str, str] = {}
    first_names = []
    for first, *others in _equal(ordered, lambda file: file.place):
        first_names.append(first)
        reasons |= {file.path: f"the same file as {first.path}" for file in others}
    for first, *others in _identical(first_names):
        reasons |= {file.path: f"a copy of {first.path}" for file in others}
    return reasons


def _identical(files: Sequence[InputFile]) -> list[list[InputFile]]:
    """Group byte-identical files; each test is asked only of those that pass the cheaper one before."""
    groups = [list(files)]
    for key in (_length_and_headers, _sample_digest, _full_digest):
        groups = [part for group in groups if len(group) > 1 for part in _equal(group, key)]
    return groups


def _equal(files: Sequence[InputFile], key: Callable[[InputFile], Hashable]) -> list[list[InputFile]]:
    groups: dict[Hashable, list[InputFile]] = {}
    for file in files:
        groups.setdefault(key(file), []).append(file)
    return list(groups.values())


def _length_and_headers(file: InputFile) -> Hashable:
    return file.size, file.headers.digest if file.headers else file.path


def _sample_digest(file: InputFile) -> Hashable:
    digest = hashlib.blake2b()
    try:
        with Path(file.path).open("rb") as stream:
            for number in range(1, _SAMPLES + 1):
                stream.seek(max(0, file.size * number // _SAMPLES - _SAMPLE_BYTES))
                digest.update(stream.read(_SAMPLE_BYTES))
    except OSError:
        return file.path
    return digest.digest()


def _full_digest(file: InputFile) -> Hashable:
    digest = hashlib.blake2b()
    try:
        with Path(file.path).open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
    except OSError:
        return file.path
    return digest.digest()
