"""What a case is: a piece of work that mkrefs and a peer do from the same files, and how answers compare."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.setting import Setting

Arguments = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Task:
    """What a side is asked to do.

    Attributes
    ----------
    do : str
        Name of the work.
    arguments : mapping
        What this side is told besides what both are; JSON values.
    script : str
        The peer's, in ``benchmarks/peers``; empty for mkrefs.
    environment : str
        The peer's; empty for the interpreter that runs mkrefs.
    """

    do: str
    arguments: Arguments = field(default_factory=dict)
    script: str = ""
    environment: str = ""


@dataclass(frozen=True, slots=True)
class Answers:
    """Where the two sides left what they made, and what they were given.

    Attributes
    ----------
    given : mapping
        What both were told.
    ours, peer : Path
        Folders; the peer's is None if it was left out.
    ours_said, peer_said : object
        What the work returned.
    """

    given: Arguments
    ours: Path
    peer: Path | None
    ours_said: Any = None
    peer_said: Any = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the answers say.

    Attributes
    ----------
    text : str
        In words, with numbers.
    good : bool
        Whether ours agrees with the peer's, or is as near the truth as it must be.
    """

    text: str
    good: bool


@dataclass(frozen=True, slots=True)
class Case:
    """A case of the suite.

    Attributes
    ----------
    name : str
        What it is asked for by; what stands before a hyphen names all that begin so.
    title : str
        What is done, in a few words.
    prepare : callable
        Makes the data if they are not there yet, and gives what both sides are told.
    ours, peer : Task
        What the sides do; there may be no peer.
    judge : callable
        Compares the answers.
    ratio : float or None
        How many times as long as mkrefs the peer is to take.
    memory : float or None
        How many times as much memory as mkrefs the peer is to take.
    seconds : float or None
        At most so many of the wall clock mkrefs is to take.
    cores : int
        At most so many cores are used; 0 for as many as the run may.
    output : str
        Name of the file that each side makes, in a folder of its own.
    """

    name: str
    title: str
    prepare: Callable[[Setting], Arguments]
    ours: Task
    peer: Task | None
    judge: Callable[[Setting, Answers], Verdict]
    ratio: float | None = None
    memory: float | None = None
    seconds: float | None = None
    cores: int = 0
    output: str = "answer.fits"
