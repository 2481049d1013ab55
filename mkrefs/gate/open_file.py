"""Opens a reference file, whoever made it, for checks to look at; what is no reference file is refused."""

import gzip
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, BinaryIO
from zlib import error as ZlibError  # noqa: N812 - a class, though its name has no capital

import numpy as np
from numpy.typing import NDArray

from mkrefs.contract.checks import CheckedFile, MadeFrom
from mkrefs.gate.open_asdf import MAGIC, opened_asdf
from mkrefs.gate.unreadable import UnreadableFile, said

#: Extensions that repeat what the others hold, in another form.
_OTHER_FORM = ("ASDF",)
#: How compressed files are called, which astropy reads too.
_COMPRESSED = (".gz", ".bz2", ".zip", ".xz")
_CHUNK = 1 << 22
_DAMAGED = (OSError, ValueError, TypeError, KeyError, IndexError, EOFError, ZlibError)

Reader = Callable[[], NDArray[Any]]


class _Arrays(Mapping[str, NDArray[Any]]):
    """Arrays by name, each read when it is first asked for."""

    def __init__(self, readers: Mapping[str, Reader]) -> None:
        self._readers = readers
        self._read: dict[str, NDArray[Any]] = {}

    def __getitem__(self, name: str) -> NDArray[Any]:
        if name not in self._read:
            self._read[name] = self._readers[name]()
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._readers)

    def __len__(self) -> int:
        return len(self._readers)


@contextmanager
def opened(path: Path, made_from: Callable[[tuple[str, ...]], MadeFrom | None]) -> Iterator[CheckedFile]:
    """Open a reference file; its arrays can be read inside the block.

    Parameters
    ----------
    path : Path
        The file.
    made_from : callable
        Takes the lines of HISTORY, gives what is known of the exposures.

    Yields
    ------
    CheckedFile

    Raises
    ------
    UnreadableFile
        If it is no file, in neither FITS nor ASDF form, damaged, or no reference file.
    """
    if not path.is_file():
        raise UnreadableFile(f"{path}: {'this is no file' if path.exists() else 'there is no such file'}.")
    with (opened_asdf if _is_asdf(path) else _opened_fits)(path, made_from) as file:
        yield file


def _is_asdf(path: Path) -> bool:
    with _stream(path) as stream:
        return stream.read(len(MAGIC)) == MAGIC


@contextmanager
def _opened_fits(
    path: Path, made_from: Callable[[tuple[str, ...]], MadeFrom | None]
) -> Iterator[CheckedFile]:
    from astropy.io import fits

    with warnings.catch_warnings(), _stream(path) as stream:
        warnings.simplefilter("ignore")  # what is damaged is told below
        try:
            with closing(_opened(path, stream)) as hdus:
                yield _checked_file(path, hdus, made_from)
        except fits.VerifyError as error:
            raise UnreadableFile(f"{path}: its header is not in FITS form: {said(error)}.") from error


def _stream(path: Path) -> BinaryIO:
    """Open the file itself: astropy leaves those open that it cannot read."""
    try:
        return path.open("rb")
    except OSError as error:
        raise UnreadableFile(f"{path}: this cannot be read: {error.strerror}.") from error


def _opened(path: Path, stream: BinaryIO) -> Any:
    from astropy.io import fits

    try:
        hdus = fits.open(stream, lazy_load_hdus=False)
    except _DAMAGED as error:
        raise UnreadableFile(
            f"{path}: this cannot be read as a FITS file: {_reason(path, error)}."
        ) from error
    try:
        _refuse_damaged(path, hdus)
    except (UnreadableFile, fits.VerifyError):
        hdus.close()
        raise
    return hdus


def _reason(path: Path, error: BaseException) -> str:
    if path.stat().st_size == 0:
        return "it is empty"
    # the library goes on with advice for programmers
    return said(error).partition(", this file does not")[0]


def _refuse_damaged(path: Path, hdus: Any) -> None:
    """Refuse a file whose headers announce more data than it holds, or that goes on with something else."""
    from astropy.io import fits

    known = (fits.PrimaryHDU, fits.ImageHDU, fits.CompImageHDU, fits.BinTableHDU, fits.TableHDU)
    for number, hdu in enumerate(hdus):
        if not isinstance(hdu, known):
            raise UnreadableFile(f"{path}: the file is damaged: extension {number} is none of FITS.")
    if path.suffix in _COMPRESSED and path.suffix != ".gz":
        return
    size, end, last = _size(path), 0, ""
    for number, hdu in enumerate(hdus):
        info = hdu.fileinfo()
        end, last = info["datLoc"] + info["datSpan"], hdu.name or f"extension {number}"
        if end > size:
            raise UnreadableFile(
                f"{path}: the file is truncated: {last} should end at byte {end}, the file has {size}."
            )
    if size > end:
        raise UnreadableFile(f"{path}: the file is damaged: what follows {last} is no FITS extension.")


def _size(path: Path) -> int:
    """Give the number of bytes in a file, decompressed."""
    if path.suffix != ".gz":
        return path.stat().st_size
    try:
        with gzip.open(path) as stream:
            return sum(iter(lambda: len(stream.read(_CHUNK)), 0))
    except _DAMAGED as error:
        raise UnreadableFile(f"{path}: the file is truncated or damaged: {said(error)}.") from error


def _checked_file(
    path: Path, hdus: Any, made_from: Callable[[tuple[str, ...]], MadeFrom | None]
) -> CheckedFile:
    headers: dict[str, Mapping[str, Any]] = {}
    images: dict[str, Reader] = {}
    tables: dict[str, Reader] = {}
    for number, hdu in enumerate(hdus):
        name = "PRIMARY" if number == 0 else hdu.name or f"EXTENSION {number}"
        name = name if name not in headers else f"{name},{hdu.ver}"
        headers[name] = _values(hdu.header)
        if name in _OTHER_FORM or not hdu.header.get("NAXIS"):
            continue
        kind = images if hdu.is_image else tables
        kind[name] = _reader(path, name, hdu)
    reftype = str(headers["PRIMARY"].get("REFTYPE", "")).strip().lower()
    if not reftype:
        raise UnreadableFile(f"{path}: this is no reference file: its header has no REFTYPE.")
    history = tuple(str(line) for line in hdus[0].header.get("HISTORY", ()))
    return CheckedFile(
        name=path.name,
        reftype=reftype,
        headers=headers,
        images=_Arrays(images),
        tables=_Arrays(tables),
        history=history,
        made_from=made_from(history),
    )


def _values(header: Any) -> dict[str, Any]:
    return {
        keyword: header[keyword]
        for keyword in dict.fromkeys(header)
        if keyword not in ("HISTORY", "COMMENT", "")
    }


def _reader(path: Path, name: str, hdu: Any) -> Reader:
    def read() -> NDArray[Any]:
        from astropy.io import fits

        try:
            array = np.asarray(hdu.data).view() if hdu.is_image else _table(hdu.data)
        except (*_DAMAGED, fits.VerifyError) as error:
            raise UnreadableFile(f"{path}: {name} cannot be read: {said(error)}.") from error
        array.flags.writeable = False
        return array

    return read


def _table(records: Any) -> NDArray[np.void]:
    """Give a table with its numbers as they are meant: FITS keeps unsigned ones with an offset."""
    columns = {name: np.asarray(records[name]) for name in records.dtype.names or ()}
    form = [(name, column.dtype.newbyteorder("="), column.shape[1:]) for name, column in columns.items()]
    table = np.empty(len(records), dtype=form)
    for name, column in columns.items():
        table[name] = column
    return table
