"""What can be asked of the side of mkrefs, by name; the modules come when a task is first done."""

from collections.abc import Mapping
from functools import partial
from importlib import import_module
from typing import Any

_PLACES = {
    "create": "benchmarks.ours.creators:create",
    "correct": "benchmarks.ours.corrections:correct",
    "run": "benchmarks.ours.whole_run:run",
    "help": "benchmarks.ours.whole_run:tell_usage",
    "catalog": "benchmarks.ours.exposures:catalog",
    "plan": "benchmarks.ours.exposures:plan",
    "clipped_mean": "benchmarks.ours.stacks:clipped_mean",
}


def _do(place: str, given: Mapping[str, Any]) -> Any:
    module, name = place.split(":")
    return getattr(import_module(module), name)(given)


TASKS = {name: partial(_do, place) for name, place in _PLACES.items()}
