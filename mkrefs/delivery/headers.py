"""Reads the first header of a reference file, and writes the one keyword that a delivery changes."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from os import SEEK_CUR
from pathlib import Path
from typing import BinaryIO

from mkrefs.errors import UserError

_CARD = 80
_FIRST, _KEYWORD = b"SIMPLE  =", b"FILENAME= "


@dataclass(frozen=True, slots=True)
class Header:
    """The first header of a reference file.

    Attributes
    ----------
    keywords : mapping of str to str
        Values as text, without HISTORY and COMMENT.
    history : tuple of str
        The lines of HISTORY.
    """

    keywords: Mapping[str, str]
    history: tuple[str, ...]

    def text(self, keyword: str) -> str:
        """Give a value; empty if the header does not have it."""
        return self.keywords.get(keyword, "")


def read_header(path: Path) -> Header:
    """Read the first header of a file.

    Raises
    ------
    UserError
        If it cannot be read as FITS.
    """
    from astropy.io import fits

    try:
        header = fits.getheader(path)
        keywords = {
            keyword: str(header[keyword]).strip()
            for keyword in dict.fromkeys(header)
            if keyword not in ("HISTORY", "COMMENT", "")
        }
    except (OSError, ValueError, fits.VerifyError) as error:
        reason = " ".join(str(error).split()).rstrip(".")
        raise UserError(f"{path}: cannot be read as FITS: {reason}.") from error
    return Header(keywords, tuple(str(line) for line in header.get("HISTORY", ())))


def copy_under_name(source: Path, target: Path) -> None:
    """Copy a reference file, and have FILENAME say its new name if the header has that keyword.

    Nothing else changes: the pixels and all other cards are those of the original, byte by byte. A checksum
    of the header is that of the copy.

    Parameters
    ----------
    source, target : Path
        The file, and where its copy goes; the name of the copy has no quotation marks, and fits on a card.

    Raises
    ------
    UserError
        If the file is compressed or cannot be read, or the copy cannot be written.
    """
    from astropy.io import fits

    try:
        shutil.copyfile(source, target)
        with target.open("r+b") as stream:
            if not stream.read(_CARD).startswith(_FIRST):
                raise UserError(f"{source}: cannot be copied: it is compressed or no FITS file; unpack it.")
            stream.seek(0)
            _rename(stream, target.name)
        if "CHECKSUM" in fits.getheader(target):
            with fits.open(target, mode="update", memmap=False, do_not_scale_image_data=True) as hdus:
                hdus[0].add_checksum()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or " ".join(str(error).split())
        raise UserError(f"{source}: cannot be copied to {target.parent}: {reason}.") from error


def _rename(stream: BinaryIO, name: str) -> None:
    """Write a name into the card FILENAME; cards that continued the old name become blank."""
    found = False
    while len(card := stream.read(_CARD)) == _CARD and not card.startswith(b"END     "):
        if card.startswith(_KEYWORD):
            _overwrite(stream, _card(name))
            found = True
        elif found and card.startswith(b"CONTINUE"):
            _overwrite(stream, b" " * _CARD)
        elif found:
            return


def _overwrite(stream: BinaryIO, card: bytes) -> None:
    """Write a card in the place of the one that was read last."""
    stream.seek(-_CARD, SEEK_CUR)
    stream.write(card)
    stream.flush()


def _card(name: str) -> bytes:
    quoted = f"'{name:<8}'"
    return f"{_KEYWORD.decode()}{quoted:<20} / Name of the file"[:_CARD].ljust(_CARD).encode("ascii")
