"""What a run of the benchmarks is to be like: how large, where, on how many cores."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Size = Literal["small", "medium", "full"]


@dataclass(frozen=True, slots=True)
class Setting:
    """What all cases of a run are told.

    Attributes
    ----------
    size : str
        ``full`` is the size that ratios are asked for; ``medium`` has less of what takes much disk or time,
        and ``small`` proves within seconds that all works.
    data : Path
        Where data are kept for another time.
    peers : Path
        Where the peers' environments are.
    cores : int
        How many both sides may use.
    repeat : int
        How often each side does its work, one after the other.
    ours_only : bool
        Whether the peers are left out.
    one_process : bool
        Whether mkrefs does the work of all cases in one process, which starts but once: seconds of the first
        answer then mean little.
    """

    size: Size
    data: Path
    peers: Path
    cores: int
    repeat: int
    ours_only: bool = False
    one_process: bool = False

    @property
    def inputs(self) -> Path:
        """Where the data of this size are."""
        return self.data / self.size
