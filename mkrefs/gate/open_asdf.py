"""Reads a reference file in ASDF form as one in FITS form is read: keywords by FITS name, arrays by path."""

import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mkrefs.contract.checks import CheckedFile, MadeFrom
from mkrefs.gate.unreadable import UnreadableFile, said

#: How every file of this form begins.
MAGIC = b"#ASDF"
#: FITS keyword by the path below `meta`, as the data models have them.
_KEYWORDS: Mapping[tuple[str, ...], str] = MappingProxyType(
    {
        ("reftype",): "REFTYPE",
        ("telescope",): "TELESCOP",
        ("pedigree",): "PEDIGREE",
        ("useafter",): "USEAFTER",
        ("author",): "AUTHOR",
        ("description",): "DESCRIP",
        ("instrument", "name"): "INSTRUME",
        ("instrument", "detector"): "DETECTOR",
        ("instrument", "channel"): "CHANNEL",
        ("instrument", "module"): "MODULE",
        ("instrument", "band"): "BAND",
        ("instrument", "filter"): "FILTER",
        ("instrument", "pupil"): "PUPIL",
        ("instrument", "grating"): "GRATING",
        ("exposure", "type"): "EXP_TYPE",
        ("exposure", "readpatt"): "READPATT",
        ("subarray", "name"): "SUBARRAY",
    }
)
#: Parts of the tree that hold nothing of the file's own.
_NO_CONTENT = ("meta", "history", "asdf_library")


@contextmanager
def opened_asdf(path: Path, made_from: Callable[[tuple[str, ...]], MadeFrom | None]) -> Iterator[CheckedFile]:
    """Open a reference file in ASDF form; its arrays can be read inside the block.

    Parameters
    ----------
    path : Path
        The file.
    made_from : callable
        Takes the lines of its history, gives what is known of the exposures.

    Yields
    ------
    CheckedFile

    Raises
    ------
    UnreadableFile
        If it is damaged, or no reference file.
    """
    import asdf

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what no installed package knows stays as it is written
        try:
            with asdf.open(path, lazy_load=False, memmap=False) as opened:
                file = _checked_file(path, opened.tree, made_from)
        except UnreadableFile:
            raise
        except Exception as error:  # whatever the tags of a file raise
            raise UnreadableFile(f"{path}: this cannot be read as an ASDF file: {said(error)}.") from error
        yield file


def _checked_file(
    path: Path, tree: Mapping[str, Any], made_from: Callable[[tuple[str, ...]], MadeFrom | None]
) -> CheckedFile:
    meta = tree.get("meta", {})
    header = {keyword: _at(meta, place) for place, keyword in _KEYWORDS.items()}
    reftype = str(header["REFTYPE"] or "").strip().lower()
    if not reftype:
        raise UnreadableFile(f"{path}: this is no reference file: its meta has no reftype.")
    entries = _at(tree, ("history", "entries")) or ()
    history = tuple(str(_at(entry, ("description",)) or "") for entry in entries)
    content = {name: value for name, value in tree.items() if name not in _NO_CONTENT}
    return CheckedFile(
        name=path.name,
        reftype=reftype,
        headers={
            "PRIMARY": {key: value for key, value in header.items() if value is not None},
            "ASDF": {},
        },
        images=dict(_arrays(content)),
        tables={},
        history=history,
        made_from=made_from(history),
    )


def _at(tree: Any, place: tuple[str, ...]) -> Any:
    for part in place:
        tree = tree.get(part) if isinstance(tree, Mapping) else None
    return tree


def _arrays(content: Any, name: str = "") -> Iterator[tuple[str, NDArray[Any]]]:
    """Give all arrays, each by the words that lead to it, joined by points."""
    parts = content.items() if isinstance(content, Mapping) else enumerate(content)
    for key, value in parts:
        place = f"{name}.{key}" if name else str(key)
        if isinstance(value, np.ndarray):
            array = value.view()
            array.flags.writeable = False
            yield place, array
        elif isinstance(value, Mapping | list):
            yield from _arrays(value, place)
