"""Bars of the stages as text: a line for each, the same columns in all, as wide as the terminal."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.text import Text

from mkrefs.running.numbers_text import clock, count_words
from mkrefs.running.tally import Numbers

#: Columns of the shortest bar that is worth while.
_SHORTEST = 8
_LONGEST = 40
_GAP = "  "


@dataclass(frozen=True, slots=True)
class Glyphs:
    """What bars are drawn with."""

    done: str = "━"
    bad: str = "━"
    rest: str = "─"


#: For terminals that have no more than ASCII.
ASCII = Glyphs("#", "x", "-")


@dataclass(frozen=True, slots=True)
class _Layout:
    """Which columns there are, and how many words."""

    with_elapsed: bool = False
    briefly: bool = False
    left: str = " left"


#: The most telling one comes first.
_LAYOUTS = (_Layout(with_elapsed=True), _Layout(), _Layout(briefly=True), _Layout(briefly=True, left=""))


@dataclass(frozen=True, slots=True)
class _Line:
    """One line, without its bar."""

    name: str
    count: str
    words: str
    elapsed: str
    left: str
    numbers: Numbers


def draw_bars(stages: Sequence[tuple[str, Numbers]], width: int, glyphs: Glyphs = Glyphs()) -> Text:
    """Draw a line for each stage: name, bar, jobs done, under way and bad ones, time taken and left.

    Where the terminal is narrow the time taken is left out first, then words are shortened, then the bars go.

    Parameters
    ----------
    stages : sequence of (str, Numbers)
        Names and numbers.
    width : int
        Columns of the terminal.
    glyphs : Glyphs
        What to draw with.

    Returns
    -------
    rich.text.Text
    """
    for layout in _LAYOUTS:
        lines = [_line(name, numbers, layout) for name, numbers in stages]
        room = width - _width(lines) - len(_GAP)
        if room >= _SHORTEST:
            break
    bar = min(room, _LONGEST) if room >= _SHORTEST else 0
    widths = _widths(lines)
    drawn = [_drawn(line, widths, bar, glyphs) for line in lines]
    for text in drawn:
        text.truncate(width, overflow="crop")
    return Text("\n").join(drawn)


def _line(name: str, numbers: Numbers, layout: _Layout) -> _Line:
    left = "-:--" if numbers.left_seconds is None else clock(numbers.left_seconds)
    return _Line(
        name=name,
        count=f"{numbers.done}/{numbers.total}",
        words=(" " if layout.briefly else ", ").join(count_words(numbers, briefly=layout.briefly)),
        elapsed=clock(numbers.elapsed) if numbers.elapsed and layout.with_elapsed else "",
        left=f"{left}{layout.left}" if _has_begun(numbers) and numbers.ended < numbers.total else "",
        numbers=numbers,
    )


def _has_begun(numbers: Numbers) -> bool:
    """Tell whether anything has happened in a stage, be it that what was begun was stopped."""
    return bool(numbers.running or numbers.ended or numbers.elapsed)


def _widths(lines: Sequence[_Line]) -> dict[str, int]:
    """Give the width of each column."""
    columns = ("name", "count", "words", "elapsed", "left")
    return {column: max((len(getattr(line, column)) for line in lines), default=0) for column in columns}


def _width(lines: Sequence[_Line]) -> int:
    """Give the width of all columns and the gaps between them."""
    widths = [width for width in _widths(lines).values() if width]
    return sum(widths) + len(_GAP) * (len(widths) - 1)


def _drawn(line: _Line, widths: dict[str, int], bar: int, glyphs: Glyphs) -> Text:
    numbers = line.numbers
    text = Text(line.name.ljust(widths["name"]), style="" if _has_begun(numbers) else "dim")
    if bar:
        text.append(_GAP).append_text(_bar(numbers, bar, glyphs))
    text.append(_GAP + line.count.rjust(widths["count"]))
    if widths["words"]:
        bad = numbers.failed or numbers.skipped
        text.append(_GAP + line.words.ljust(widths["words"]), "red" if bad else "")
    if widths["elapsed"]:
        text.append(_GAP + line.elapsed.rjust(widths["elapsed"]), "yellow")
    if widths["left"]:
        text.append(_GAP + line.left.rjust(widths["left"]), "cyan")
    text.rstrip()
    return text


def _bar(numbers: Numbers, width: int, glyphs: Glyphs) -> Text:
    """Draw what is done, what failed or was skipped, and what is to come; full only if all has ended."""
    bad = numbers.failed + numbers.skipped
    bad_width = max(1, width * bad // numbers.total) if bad else 0
    done_width = min(width * numbers.done // numbers.total, width - bad_width - 1)
    if numbers.ended == numbers.total:
        done_width = width - bad_width
    return Text.assemble(
        (glyphs.done * done_width, "green"),
        (glyphs.bad * bad_width, "red"),
        (glyphs.rest * (width - done_width - bad_width), "dim"),
    )
