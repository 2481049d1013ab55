"""Collects what was done in a run folder and what came of it; how it is shown is not known here."""

from pathlib import Path

from mkrefs.ledger.journal import read_journal
from mkrefs.overview.product_records import product_records
from mkrefs.overview.records import RunRecord
from mkrefs.overview.run_history import command_record, sessions
from mkrefs.running.run_lock import is_locked


def overview(folder: Path) -> RunRecord:
    """Collect what is known of a run.

    Parameters
    ----------
    folder : Path
        Absolute path of a run folder.

    Returns
    -------
    RunRecord

    Raises
    ------
    mkrefs.errors.UserError
        If the journal cannot be read.
    """
    at_work = is_locked(folder)  # asked first: a command that ends after this says so in the journal
    found = sessions(read_journal(folder), folder)
    commands = tuple(
        command_record(session, at_work=at_work and session is found[-1] and session.ended is None)
        for session in found
    )
    ended = [job for session in found for job in session.jobs]
    return RunRecord(str(folder), at_work, commands, product_records(ended, folder))
