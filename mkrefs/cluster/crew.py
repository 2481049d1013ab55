"""The dask workers that are connected now, as their scheduler tells of them."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from distributed import Client

from mkrefs.cluster.capacity import Capacity
from mkrefs.cluster.workers import RESOURCE

#: Seconds that the scheduler gets for its answer.
_PATIENCE = 15.0


@dataclass(frozen=True, slots=True)
class Crew:
    """The workers of a scheduler.

    Attributes
    ----------
    names : frozenset of str
        Their names.
    capacity : Capacity
        What they can do.
    declares_memory : bool
        They keep account themselves of the memory that tasks need.
    """

    names: frozenset[str]
    capacity: Capacity
    declares_memory: bool


def present_crew(client: Client) -> Crew:
    """Ask a scheduler for its workers.

    Parameters
    ----------
    client : Client
        A connection to it; this is not called in its event loop.

    Returns
    -------
    Crew

    Raises
    ------
    OSError
        If there is no answer.
    """
    asked = asyncio.run_coroutine_threadsafe(client.scheduler.identity(), client.loop.asyncio_loop)
    return crew_of(tuple(asked.result(_PATIENCE)["workers"].values()))


def crew_of(workers: tuple[Mapping[str, Any], ...]) -> Crew:
    """Sum up what workers say of themselves.

    Parameters
    ----------
    workers : tuple of mapping
        For each what it says.

    Returns
    -------
    Crew
    """
    declares_memory = bool(workers) and all(RESOURCE in each["resources"] for each in workers)
    memory = [
        int(each["resources"][RESOURCE] if declares_memory else each["memory_limit"] or 0) for each in workers
    ]
    least = min(memory, default=0)
    capacity = Capacity(len(workers), sum(int(each["nthreads"]) for each in workers), least)
    return Crew(frozenset(str(each["name"]) for each in workers), capacity, declares_memory)
