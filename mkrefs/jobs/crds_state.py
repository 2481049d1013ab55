"""Where CRDS reference files come from, as a job carries it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CrdsState:
    """The CRDS cache, context and server a job works with.

    Empty strings leave the environment as it is; a path without a server means that there is no server.
    """

    path: str = ""
    context: str = ""
    server: str = ""
