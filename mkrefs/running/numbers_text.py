"""Numbers of a run in words, as all observers that write for people put them."""

from collections.abc import Iterator, Sequence

from mkrefs.counting import counted
from mkrefs.jobs.stages import Stage
from mkrefs.running.tally import Numbers


def clock(seconds: float) -> str:
    """Give a time as a clock shows it: minutes and seconds, from one hour on hours too."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def count_words(numbers: Numbers, *, briefly: bool = False) -> list[str]:
    """Say how many jobs are under way, have failed, and were skipped; nothing of what there is none of."""
    words = (
        (numbers.running, "run" if briefly else "running"),
        (numbers.failed, "fail" if briefly else "failed"),
        (numbers.skipped, "skip" if briefly else "skipped"),
    )
    return [f"{number} {word}" for number, word in words if number]


def plan_line(stages: Sequence[tuple[Stage, Numbers]]) -> str:
    """Say how many jobs a plan has, of all stages and of each."""
    total = counted(sum(numbers.total for _, numbers in stages), "job")
    parts = (f"{each.total} {stage.job if each.total == 1 else stage.name}" for stage, each in stages)
    return f"{total}: {', '.join(parts)}" if stages else total


def standing_line(stages: Sequence[tuple[Stage, Numbers]], run: Numbers) -> str:
    """Say how far the stages that are under way have come, and the whole run."""
    under_way = [(stage.name, each) for stage, each in stages if each.running]
    parts = under_way if len(stages) == 1 else [*under_way, ("all", run)]
    return "; ".join(f"{name} {', '.join(_standing(each))}" for name, each in parts)


def _standing(numbers: Numbers) -> Iterator[str]:
    yield f"{numbers.done}/{numbers.total}"
    yield from count_words(numbers)
    if numbers.left_seconds is not None:
        yield f"{clock(numbers.left_seconds)} left"
