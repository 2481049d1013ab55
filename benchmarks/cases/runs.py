"""Whole runs, and what comes before any work: catalog and plan."""

from collections.abc import Callable

from benchmarks.case import Answers, Arguments, Case, Task, Verdict
from benchmarks.cases.detector import compare_noise
from benchmarks.data.raw_darks import RawDarks
from benchmarks.many_exposures import make_exposures
from benchmarks.setting import Setting

_SIZES = {"small": RawDarks("SUB160", files=2, ngroups=6), "medium": RawDarks("FULL", files=2, ngroups=4)}
_CATALOG, _PLAN, _SMALL = 1000, 10_000, 40


def _raw_of(setting: Setting) -> RawDarks:
    return _SIZES.get(setting.size, RawDarks())


def _prepare_run(setting: Setting) -> Arguments:
    return _raw_of(setting).files_in(setting.inputs)


def _judge_run(setting: Setting, answers: Answers) -> Verdict:
    return compare_noise(_raw_of(setting).truth, answers)


def _exposures(count: int) -> Callable[[Setting], Arguments]:
    def prepare(setting: Setting) -> Arguments:
        wanted = _SMALL if setting.size == "small" else count
        return {"exposures": make_exposures(setting.inputs / f"exposures_{wanted}", wanted)}

    return prepare


def _judge_count(setting: Setting, answers: Answers) -> Verdict:
    """See that all exposures are there, and with a plan that each has its job."""
    wanted, found = len(answers.given["exposures"]), answers.ours_said
    text = ", ".join(f"{number} {name}" for name, number in found.items())
    return Verdict(text, found["exposures"] == wanted and found.get("jobs", wanted) >= wanted)


def _run(cores: int, ratio: float) -> Case:
    return Case(
        name=f"run-{cores}",
        title=f"6 raw darks to a certified read noise file on {cores} cores; steps of jwst in a loop",
        prepare=_prepare_run,
        ours=Task("run"),
        peer=Task("loop", script="plain_loop.py", environment="reffiles"),
        judge=_judge_run,
        ratio=ratio,
        cores=cores,
    )


def _judge_help(setting: Setting, answers: Answers) -> Verdict:
    return Verdict(f"{answers.ours_said} lines", answers.ours_said > 0)


RUNS = (
    Case(
        name="help",
        title="mkrefs --help",
        prepare=lambda setting: {},
        ours=Task("help"),
        peer=None,
        judge=_judge_help,
        seconds=0.5,
    ),
    _run(1, 1.0),
    _run(2, 1.8),
    Case(
        name="catalog",
        title="catalog of 1,000 exposures; their primary headers with astropy",
        prepare=_exposures(_CATALOG),
        ours=Task("catalog"),
        peer=Task("headers", script="headers.py", environment="reffiles"),
        judge=_judge_count,
        ratio=1 / 1.5,
    ),
    Case(
        name="plan",
        title="groups and plan of 10,000 exposures",
        prepare=_exposures(_PLAN),
        ours=Task("plan"),
        peer=None,
        judge=_judge_count,
        seconds=2.0,
    ),
)
