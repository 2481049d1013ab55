"""How time and memory of creators grow with the number of files, groups, pixels and rows at a time.

The same files are given several times over where many are wanted: what is asked is what a creator needs for
them, not where they come from.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import cycle, groupby, islice
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.case import Task
from benchmarks.data.darks import Darks
from benchmarks.setting import Setting
from benchmarks.side import Side

_LABELS = ("readnoise", "superbias", "dark")
# Parameters that set how much is in memory at a time.
_ROWS = {"readnoise": "slice_width", "dark": "max_equivalent_groups"}
_MB = 1e6
_TASK = Task("create")
# Bytes of a pixel of a group: signal and flags.
_BYTES = 5


@dataclass(frozen=True, slots=True)
class Point:
    """A measurement to make: a number of files, of one kind, with parameters."""

    axis: str
    value: int
    darks: Darks
    files: int
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row:
    """What was measured: MB and seconds; ``peak`` is the most memory."""

    label: str
    axis: str
    value: int
    megabytes_read: float
    wall: float
    cpu: float
    peak: float

    @property
    def line(self) -> str:
        """The row of the table."""
        each = 1e3 * self.wall / self.megabytes_read
        return (
            f"{self.label:12}{self.axis:10}{self.value:7}{self.megabytes_read:9.0f}{self.wall:9.2f}{self.cpu:9.2f}"
            f"{each:9.2f}{self.peak:9.0f}"
        )


def measure_growth(setting: Setting) -> list[dict[str, Any]]:
    """Measure and print; give the rows as JSON values."""
    heads = ("MB read", "wall s", "CPU s", "ms/MB", "MB peak")
    print(f"{'growth of':12}{'with':10}{'':7}" + "".join(f"{head:>9}" for head in heads))
    rows = []
    for label in _LABELS:
        for _, points in groupby(_points(setting, label), key=lambda point: point.axis):
            # a new process, which keeps nothing from what was larger
            with TemporaryDirectory() as folder, Side(_TASK, setting, setting.cores, Path(folder)) as side:
                for point in points:
                    row = _measured(side, label, point, setting, Path(folder))
                    print(row.line, flush=True)
                    rows.append(asdict(row))
    return rows


def _points(setting: Setting, label: str) -> Iterator[Point]:
    small = setting.size == "small"
    usual = Darks("SUB160" if small else "FULL")
    for files in (3, 6) if small else (5, 10, 20, 50, 100):
        yield Point("files", files, usual, files)
    if small:
        return
    for groups in (5, 10, 20, 40):
        yield Point("groups", groups, Darks("SUB640", ngroups=groups), 6)
    for subarray, rows in (("SUB160", 160), ("SUB320", 320), ("SUB640", 640), ("FULL", 2048)):
        yield Point("array", rows, Darks(subarray), 6)
    for size in (10, 60, 240) if label in _ROWS else ():
        yield Point(_ROWS[label][:9], size, usual, 6, {_ROWS[label]: size})


def _measured(side: Side, label: str, point: Point, setting: Setting, folder: Path) -> Row:
    paths: Sequence[str] = point.darks.files_in(setting.inputs)
    ramps = list(islice(cycle(paths), point.files))
    given = {
        "label": label,
        "ramps": ramps,
        "parameters": point.parameters,
        "output": str(folder / "answer.fits"),
        "cores": setting.cores,
    }
    side.do(_TASK, given)
    runs = [side.do(_TASK, given) for _ in range(setting.repeat)]
    pixels = point.files * point.darks.ngroups * point.darks.truth.active.size
    return Row(
        label=label,
        axis=point.axis,
        value=point.value,
        megabytes_read=_BYTES * pixels / _MB,
        wall=median(run.wall for run in runs),
        cpu=median(run.cpu for run in runs),
        peak=max(run.peak for run in runs) / _MB,
    )
