"""The name of an exposure from the names of its files, and from their folders where names collide."""

import hashlib
import re
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import PurePath

from mkrefs.instruments.pipeline_steps import DONE_KEYWORDS, product_suffix
from mkrefs.instruments.products import ASSOCIATED, IMAGE_PRODUCTS, OTHER_IMAGES

RAW = "uncal"
_PRODUCTS = (
    RAW,
    "ramp",
    *sorted(
        {product_suffix(step) for step in DONE_KEYWORDS} | {*DONE_KEYWORDS, *IMAGE_PRODUCTS, *OTHER_IMAGES}
    ),
)
_EXTENSION = re.compile(r"\.fits(\.gz)?$", re.IGNORECASE)
_SUFFIX = re.compile(
    rf"_(?P<product>{'|'.join(_PRODUCTS)}|{ASSOCIATED}|[01]_ramp_?fit(step)?|[a-z]+step)$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class FileName:
    """What the name of a file tells.

    Attributes
    ----------
    exposure : str
        Name of the exposure.
    product : str
        Product suffix in lower case (``uncal``, ``rate``), or empty.
    searched : str
        The base name in which the patterns of image types are looked for: without the suffix of a
        processed product, since a ``_dark_current`` file need not be a dark.
    """

    exposure: str
    product: str
    searched: str


def parse_name(path: str, basenamepattern: str | None) -> FileName | None:
    """Split a file's name into exposure and product.

    Parameters
    ----------
    path : str
        The file.
    basenamepattern : str or None
        Its first group, if it has one, is the name of the exposure.

    Returns
    -------
    FileName or None
        None if the name does not match the pattern.
    """
    name = PurePath(path).name
    stem = _EXTENSION.sub("", name)
    suffix = _SUFFIX.search(stem)
    product = suffix["product"].lower() if suffix else ""
    exposure = stem[: suffix.start()] if suffix else stem
    searched = name if product in ("", RAW) else exposure + name[len(stem) :]
    if not basenamepattern:
        return FileName(exposure, product, searched)
    match = re.search(basenamepattern, re.sub(r"\.gz$", "", name))
    if match is None:
        return None
    return FileName(match[1] if match.re.groups and match[1] else exposure, product, searched)


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A usable file, with the facts by which exposures of one name are told apart."""

    path: str
    name: FileName
    identity: Hashable


def name_exposures(files: Iterable[NamedFile]) -> dict[str, str]:
    """Give every file the name of its exposure, one name for each exposure.

    Files of one name are products of one exposure if they lie in one folder, or if they lie in several
    but agree in their headers' identity and no product occurs twice. Otherwise they are different
    exposures; the one in the first folder by name keeps the plain name, the others have a short hash of
    their folder appended.

    Parameters
    ----------
    files : iterable of NamedFile
        Files with different paths; their order does not matter.

    Returns
    -------
    dict of str to str
        Name of the exposure by path.
    """
    by_name: dict[str, list[NamedFile]] = {}
    for file in sorted(files, key=lambda file: file.path):
        by_name.setdefault(file.name.exposure, []).append(file)
    names: dict[str, str] = {}
    for plain, members in by_name.items():
        for number, exposure in enumerate(_split(members)):
            name = plain if number == 0 else f"{plain}_{_hash(_folder(exposure[0]))}"
            names |= {file.path: name for file in exposure}
    return names


def _split(files: Sequence[NamedFile]) -> list[list[NamedFile]]:
    """Split files of one name, sorted by path, into exposures."""
    folders: dict[str, list[NamedFile]] = {}
    for file in files:
        folders.setdefault(_folder(file), []).append(file)
    by_identity: dict[Hashable, list[list[NamedFile]]] = {}
    for _, members in sorted(folders.items()):
        by_identity.setdefault(members[0].identity, []).append(members)
    exposures: list[list[NamedFile]] = []
    for parts in by_identity.values():
        products = [file.name.product for part in parts for file in part]
        exposures.extend([list(chain(*parts))] if len(set(products)) == len(products) else parts)
    return sorted(exposures, key=lambda exposure: _folder(exposure[0]))


def _folder(file: NamedFile) -> str:
    return str(PurePath(file.path).parent)


def _hash(folder: str) -> str:
    return hashlib.blake2b(folder.encode(errors="surrogateescape"), digest_size=4).hexdigest()
