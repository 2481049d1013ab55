"""The inputs of a job while it is at work: what they are at its begin, and what befell them until its end."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from mkrefs.errors import UserError
from mkrefs.ledger.file_record import FileRecord, record_file
from mkrefs.ledger.in_sight import wait_until_in_sight


def take_inputs(paths: Sequence[str], known: Sequence[FileRecord] = ()) -> tuple[FileRecord, ...]:
    """Record the inputs of a job that is about to begin.

    Parameters
    ----------
    paths : sequence of str
        The inputs.
    known : sequence of FileRecord
        What this run knows of them; those that are not in sight on this machine are waited for.

    Returns
    -------
    tuple of FileRecord
        In the order of the inputs.

    Raises
    ------
    mkrefs.errors.UserError
        If one is missing, cannot be read, or is not what it was earlier in this run.
    """
    wait_until_in_sight(known)
    earlier = {record.path: record for record in known}
    records = tuple(record_file(path, earlier) for path in paths)
    for record in records:
        if earlier.get(record.path, record).digest != record.digest:
            raise UserError(
                f"{record.path}: the file was changed while this run was at work, by hand or by another run "
                "that makes it with other settings; run again, or give this run an ssbdir of its own"
            )
    return records


@contextmanager
def inputs_watched(records: Sequence[FileRecord]) -> Iterator[None]:
    """See to it that what happens in the block happens with the inputs as they were recorded.

    Parameters
    ----------
    records : sequence of FileRecord
        The inputs.

    Raises
    ------
    mkrefs.errors.UserError
        If the block fails, or ends well, and an input has vanished, was changed, or cannot be read any more;
        a `PassingError` if a disk or the network failed. Whatever else the block raises goes through.
    """
    try:
        yield
    except MemoryError:
        raise
    except Exception as error:
        told = _befell(records, thoroughly=not isinstance(error, UserError))
        if told is None:
            raise
        raise told from error
    told = _befell(records, thoroughly=False)
    if told is not None:
        raise told


def _befell(records: Sequence[FileRecord], *, thoroughly: bool) -> UserError | None:
    """Tell what has become of the inputs; None if they are as they were.

    Parameters
    ----------
    records : sequence of FileRecord
        As they were.
    thoroughly : bool
        Whether to read them although they look unchanged: they may have become unreadable.
    """
    for record in records:
        try:
            now = record_file(record.path, {} if thoroughly else {record.path: record})
        except UserError as error:
            if isinstance(error.__cause__, FileNotFoundError):
                return UserError(
                    f"{record.path}: the file vanished while it was in use; restore it and run again"
                )
            return error
        if now.digest != record.digest:
            return UserError(f"{record.path}: the file was changed while it was being used; run again")
    return None
