"""A dask scheduler that others started, with workers of theirs."""

import json
import re
import socket
from pathlib import Path

from mkrefs.errors import UserError

#: Seconds that the scheduler's machine gets to answer.
_PATIENCE = 5.0


class RunningScheduler:
    """The scheduler of others.

    Parameters
    ----------
    scheduler : str
        Its address, or the file in which it wrote that.
    """

    is_ours = False
    security = None

    def __init__(self, scheduler: str) -> None:
        self.address = _reachable(_address_of(scheduler))

    def start(self) -> None:
        """Do nothing: its workers are there, or will be."""

    def batch_job_of(self, worker: str) -> str:
        """Tell that there are no batch jobs of ours."""
        return ""

    def problem(self, workers: set[str]) -> str:
        """Tell that nothing is known that would be against waiting."""
        return ""

    def waiting(self) -> str:
        """Tell in a clause why no worker is at work."""
        return f"none is connected to {self.address}; start some with dask worker {self.address}"

    def close(self) -> None:
        """Leave it as it is."""


def _address_of(scheduler: str) -> str:
    if re.match(r"\w+://", scheduler):
        return scheduler
    path = Path(scheduler).expanduser()
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise UserError(
            f"batch.scheduler: {scheduler} is neither an address such as tcp://host:8786 nor a file; name "
            "the file that dask scheduler --scheduler-file wrote."
        ) from None
    except (OSError, ValueError) as error:
        raise UserError(
            f"batch.scheduler: {scheduler} cannot be read as a scheduler file ({_reason(error)}); name the "
            "file that dask scheduler --scheduler-file wrote."
        ) from None
    address = found.get("address") if isinstance(found, dict) else None
    if not isinstance(address, str):
        raise UserError(f"batch.scheduler: {scheduler} is no scheduler file of dask, as it holds no address.")
    return address


def _reason(error: Exception) -> str:
    """Say what the system says, without its number."""
    return getattr(error, "strerror", None) or str(error)


def _reachable(address: str) -> str:
    match = re.fullmatch(r"\w+://\[?([^\]/]+?)\]?:(\d+)/?", address)
    if match is None:
        raise UserError(f"batch.scheduler: '{address}' is no address; it must read like tcp://host:8786.")
    try:
        socket.create_connection((match[1], int(match[2])), _PATIENCE).close()
    except (OSError, OverflowError) as error:
        raise UserError(
            f"batch.scheduler: no dask scheduler answers at {address} ({_reason(error)}); start one with the "
            "command dask scheduler, or mend the address."
        ) from None
    return address
