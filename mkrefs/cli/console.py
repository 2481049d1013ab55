"""The console all reports are written to: as wide as the terminal, and unwrapped where there is none."""

import shlex
import sys
from pathlib import Path
from typing import TextIO, cast

from rich.console import Console
from rich.table import Table

from mkrefs.cli.terminal import READER_GONE, LastingStream

#: Wide enough that no row is wrapped in a log or a pipe.
_NO_TERMINAL_WIDTH = 10_000


def make_console(*, stderr: bool = False) -> Console:
    """Make the console for standard output, or for standard error."""
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else _NO_TERMINAL_WIDTH
    if stderr:  # progress that nobody can read any more is no reason to end a run
        return _console(cast(TextIO, LastingStream(stream, READER_GONE)), width)
    return _console(cast(TextIO, LastingStream(stream)) if width is None else stream, width)


def _console(stream: TextIO, width: int | None = None) -> Console:
    return Console(file=stream, highlight=False, markup=False, emoji=False, width=width)


def make_table(*columns: str) -> Table:
    """Make a table with plain columns, which reads well on a terminal and in a file."""
    table = Table(box=None, pad_edge=False, header_style="bold", show_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def short_path(path: str) -> str:
    """Give a path as seen from the current folder, if it lies below."""
    return str(Path(path).relative_to(Path.cwd())) if Path(path).is_relative_to(Path.cwd()) else path


def resume_command(folder: str) -> str:
    """Give the command that goes on with the run in a folder, as a shell takes it."""
    return f"mkrefs resume {shlex.quote(short_path(folder))}"
