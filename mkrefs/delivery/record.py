"""``delivery.json``: what a delivery is made of, for machines, and for the next one to the same folder."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mkrefs.errors import UserError
from mkrefs.storage.checksum import sha256_of

RECORD_NAME = "delivery.json"
CHECKSUMS_NAME = "SHA256SUMS"
#: Number of the JSON form.
RECORD_FORMAT = 1


@dataclass(frozen=True, slots=True)
class Earlier:
    """What an earlier delivery left in a folder.

    Attributes
    ----------
    sources : tuple of str
        The run folders and files it was made from.
    contents : mapping of str to str
        SHA-256 of what mkrefs put into the folder, by relative path, without what people may change.
    written : mapping of str to object
        What mkrefs had filled in by itself, by field.
    form : str
        The form as it was written.
    """

    sources: tuple[str, ...] = ()
    contents: Mapping[str, str] = field(default_factory=dict)
    written: Mapping[str, Any] = field(default_factory=dict)
    form: str = ""


def read_record(folder: Path) -> Earlier | None:
    """Read what an earlier delivery left.

    Returns
    -------
    Earlier or None
        None if the folder holds no delivery.

    Raises
    ------
    UserError
        If the record is damaged.
    """
    path = folder / RECORD_NAME
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        form = content["form"]
        return Earlier(
            tuple(map(str, content["sources"])),
            {str(name): str(digest) for name, digest in content["contents"].items()},
            dict(form["known"]),
            str(form["text"]),
        )
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise UserError(
            f"{path}: the record of the delivery here is damaged; deliver to another folder, "
            "and take the answers along with --form."
        ) from error


def checksums(folder: Path, left_out: tuple[str, ...]) -> dict[str, str]:
    """Give the SHA-256 of all files below a folder but some, by relative path."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    names = {path: path.relative_to(folder).as_posix() for path in files}
    return {name: sha256_of(path) for path, name in names.items() if name not in left_out}


def checksum_lines(sums: Mapping[str, str]) -> str:
    """Give checksums in the form of ``sha256sum``."""
    return "".join(f"{digest}  {name}\n" for name, digest in sums.items())
