"""What is sent to a dask worker: a task, and what must hold where it is carried out."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mkrefs.ledger.versions import software_versions
from mkrefs.running.worker import Task


@dataclass(frozen=True, slots=True)
class Place:
    """What a worker must see and have, so that it can do jobs of a run.

    Attributes
    ----------
    folder : str
        The run folder.
    mark : str
        Name of a folder of this run in it, which tells the folder from others of the same name.
    versions : mapping of str to str
        Software versions of the run.
    topic : str
        Under which workers tell what they begin.
    """

    folder: str
    mark: str
    versions: Mapping[str, str] = field(default_factory=software_versions)
    topic: str = "mkrefs"


@dataclass(frozen=True, slots=True)
class Order:
    """A task for a worker.

    Attributes
    ----------
    task : Task
        What to do.
    need : int
        Bytes it is expected to take.
    place : Place
        What the worker must see and have.
    """

    task: Task
    need: int
    place: Place
