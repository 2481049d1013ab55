"""Bars of the stages fit the terminal and tell the numbers."""

import pytest

from mkrefs.running.bars import ASCII, draw_bars
from mkrefs.running.tally import Numbers

BEGUN = Numbers(total=30, made=9, kept=3, failed=0, skipped=0, running=2, left_seconds=250.0, elapsed=83.0)
TO_COME = Numbers(total=1, made=0, kept=0, failed=0, skipped=0, running=0, left_seconds=None, elapsed=0.0)
LARGE = Numbers(
    total=3000, made=900, kept=3, failed=40, skipped=100, running=20, left_seconds=25000.0, elapsed=8300.0
)
ALL_BAD = Numbers(total=4, made=0, kept=0, failed=1, skipped=3, running=0, left_seconds=0.0, elapsed=1.0)
GOOD = Numbers(total=4, made=4, kept=0, failed=0, skipped=0, running=0, left_seconds=0.0, elapsed=3700.0)


def drawn(*stages: tuple[str, Numbers], width: int) -> list[str]:
    return draw_bars(stages, width).plain.splitlines()


def test_a_line_tells_all_that_is_known_of_a_stage():
    begun, to_come = drawn(("pipeline runs", BEGUN), ("final files", TO_COME), width=80)
    assert begun == f"pipeline runs  {'━' * 12}{'─' * 18}  12/30  2 running  1:23  4:10 left"
    assert to_come == f"final files    {'─' * 30}    0/1"


def test_a_stage_that_has_not_begun_is_dim():
    text = draw_bars([("final files", TO_COME)], 80)
    assert text.spans[0].style == "dim"


@pytest.mark.parametrize("width", [200, 120, 100, 80, 60, 40, 20])
def test_no_line_is_wider_than_the_terminal(width):
    lines = drawn(("pipeline runs", LARGE), ("individual files", TO_COME), ("all", LARGE), width=width)
    assert len(lines) == 3
    assert max(map(len, lines)) <= width


def test_on_narrow_terminals_the_least_important_goes_first():
    stages = (("individual files", LARGE),)
    wide, narrower, narrow, narrowest = (drawn(*stages, width=width)[0] for width in (120, 90, 76, 60))
    assert "20 running, 40 failed, 100 skipped  2:18:20  6:56:40 left" in wide
    assert "20 running, 40 failed, 100 skipped  6:56:40 left" in narrower
    assert "20 run 40 fail 100 skip  6:56:40 left" in narrow
    assert narrowest.endswith("20 run 40 fail 100 skip  6:56:40")
    assert all("━" in line and "903/3000" in line for line in (wide, narrower, narrow))


def test_a_bar_is_full_only_if_all_jobs_have_ended():
    almost = Numbers(
        total=1000, made=995, kept=0, failed=1, skipped=0, running=4, left_seconds=1.0, elapsed=9.0
    )
    assert "─" in drawn(("a", almost), width=60)[0]
    assert all("─" not in drawn(("a", numbers), width=60)[0] for numbers in (ALL_BAD, GOOD))


def test_jobs_that_failed_have_their_part_of_the_bar():
    text = draw_bars([("checks", ALL_BAD), ("final files", GOOD)], 60, ASCII).plain
    bad, good = text.splitlines()
    assert bad.split()[1].strip("x") == ""
    assert good.split()[2].strip("#") == ""
