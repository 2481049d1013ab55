"""Looks from time to time whether there still are workers, so that a run ends instead of waiting for ever."""

import threading
import time
from collections.abc import Callable

from distributed import Client

from mkrefs.cluster.crew import Crew, present_crew
from mkrefs.cluster.workforce import Workforce
from mkrefs.errors import UserError

#: Seconds between two looks while nobody works.
_SOON = 5.0
#: Seconds between two looks while work goes on.
_LATER = 20.0


class Watch:
    """A thread that looks after the workers.

    Parameters
    ----------
    client : Client
        A connection to their scheduler.
    workforce : Workforce
        Whoever has them started.
    patience : float
        Seconds without any worker after which there is no use in waiting.
    seen : callable
        Is told which workers there are, at each look.
    give_up : callable
        Is told, once, why there is no use in waiting: a UserError, or what broke here, as nobody would
        notice any more that there are no workers.
    """

    def __init__(
        self,
        client: Client,
        workforce: Workforce,
        patience: float,
        *,
        seen: Callable[[Crew], None],
        give_up: Callable[[Exception], None],
    ) -> None:
        self._client = client
        self._workforce = workforce
        self._patience = patience
        self._seen = seen
        self._give_up = give_up
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="watch", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Look no more; what is being asked for now is waited for."""
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        try:
            self._look_again_and_again()
        except Exception as error:  # noqa: BLE001 - it ends the run, with its traceback
            self._give_up(error)

    def _look_again_and_again(self) -> None:
        last = time.monotonic()
        pause = min(_SOON, self._patience / 2)
        while not self._over.wait(pause):
            try:
                crew = present_crew(self._client)
            except OSError:  # tasks under way tell of a scheduler that is lost
                continue
            self._seen(crew)
            if crew.names:
                last = time.monotonic()
            pause = _LATER if crew.names else min(_SOON, self._patience / 2)
            problem = self._workforce.problem(set(crew.names))
            if not problem and time.monotonic() - last > self._patience:
                problem = self._impatience()
            if problem:
                self._give_up(UserError(problem))
                return

    def _impatience(self) -> str:
        return (
            f"batch.patience: there was no worker for {self._patience:g} s: {self._workforce.waiting()}; "
            "mend that or raise it, and run again."
        )
