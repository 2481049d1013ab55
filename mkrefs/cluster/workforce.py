"""What an engine wants to know of those who work for it, whoever started them."""

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from distributed.security import Security


class Workforce(Protocol):
    """A dask scheduler and its workers."""

    @property
    def is_ours(self) -> bool:
        """Tell whether workers are started for this run alone."""

    @property
    def security(self) -> "Security | None":
        """Give the credentials for the scheduler; None for those of dask's own configuration."""

    @property
    def address(self) -> str:
        """Address of the scheduler."""

    def start(self) -> None:
        """Have workers started; raises `mkrefs.errors.UserError` if that is refused."""

    def batch_job_of(self, worker: str) -> str:
        """Tell which batch job a worker is, as in "batch job 42"; empty if it is none."""

    def problem(self, workers: set[str]) -> str:
        """Tell in one sentence why there is no use in waiting; empty if there is hope.

        Parameters
        ----------
        workers : set of str
            Names of the workers that are at work.
        """

    def waiting(self) -> str:
        """Tell in a clause why no worker is at work."""

    def close(self) -> None:
        """End what `start` started."""
