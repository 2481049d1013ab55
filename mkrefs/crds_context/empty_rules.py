"""Rules without files: a cache's first context, and a type's first rmap. For the child process only."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from crds.core import rmap

from mkrefs.crds_context.reftypes import INSTRUMENTS, listed_types
from mkrefs.crds_context.selectors import DATA_MODEL_PATHS, DATE_AND_TIME

_ORIGIN = "made by mkrefs"
_SUBARRAY = DATA_MODEL_PATHS["SUBARRAY"]


def write_empty_context(mappings: Path, context: str) -> None:
    """Write a pmap, and an imap for each instrument in which every type is ``N/A``.

    Parameters
    ----------
    mappings : Path
        Folder to write to.
    context : str
        Name of the pmap; its number is given to the imaps too.
    """
    number = Path(context).stem.rpartition("_")[2]
    imaps = {}
    for instrument in INSTRUMENTS:
        name = f"jwst_{instrument}_{number}.imap"
        header = {"instrument": instrument.upper(), "mapping": "INSTRUMENT", "parkey": ("REFTYPE",)}
        _write(mappings / name, header, dict.fromkeys(map(str.upper, listed_types(instrument)), "N/A"))
        imaps[instrument.upper()] = name
    _write(mappings / context, {"mapping": "PIPELINE", "parkey": ("META.INSTRUMENT.NAME",)}, imaps)


def write_empty_rmap(
    path: Path, instrument: str, reftype: str, keys: tuple[str, ...], suffix: str = ".fits"
) -> None:
    """Write the rules of a type that has no files yet.

    Parameters
    ----------
    path : Path
        The rmap to write.
    instrument, reftype : str
        Whose rules these are.
    keys : tuple of str
        Data model paths that select the files.
    suffix : str
        Extension of the files.
    """
    header: dict[str, Any] = {
        "classes": ("Match", "UseAfter"),
        "file_ext": suffix,
        "filekind": reftype.upper(),
        "filetype": reftype.upper(),
        "instrument": instrument.upper(),
        "mapping": "REFERENCE",
        "parkey": (keys, DATE_AND_TIME),
        "suffix": reftype.lower(),
        "text_descr": reftype.lower(),
    }
    if _SUBARRAY in keys:  # a GENERIC file serves every subarray that has none of its own
        header["substitutions"] = {_SUBARRAY: {"GENERIC": "N/A"}}
    _write(path, header, {}, selector="Match")


def _write(
    path: Path, header: Mapping[str, Any], selector_items: Mapping[str, str], selector: str = ""
) -> None:
    whole = {**header, "derived_from": _ORIGIN, "name": path.name, "observatory": "JWST"}
    body = f"{{\n{_lines(selector_items)}}}"
    text = f"header = {{\n{_lines(whole)}}}\n\nselector = {f'{selector}({body})' if selector else body}\n"
    path.write_text(text, encoding="utf-8")
    rmap.load_mapping(str(path), ignore_checksum=True).write(str(path))  # adds the checksum


def _lines(values: Mapping[str, Any]) -> str:
    return "".join(f"    {key!r} : {value!r},\n" for key, value in sorted(values.items()))
