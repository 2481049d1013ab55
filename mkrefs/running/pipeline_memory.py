"""How much memory the steps of the pipeline take on a ramp, beside what a worker has anyway.

All numbers were measured with jwst 3.0 (``python -m benchmarks.memory_needs``).
"""

from collections.abc import Mapping, Sequence

from mkrefs.running.ramp_size import RampSize

#: Bytes of each sample of the ramp itself: float32, a flag, and what is being written.
_RAMP = 5.5
#: Bytes of each pixel, for the reference files of a pixel each.
_MAPS = 30
#: Bytes of each sample while a step is at work that is not named here.
_ANY_STEP = 3.0
#: The same of jump, where all differences are searched in one go, and where again and again.
_JUMP_SINGLE_PASS, _JUMP_REPEATED = 17.0, 54.0
#: From so many groups on jump searches in one go.
_SINGLE_PASS_GROUPS = 11
#: Bytes of memory for each byte of a dark, and for each of its samples where the file is not known.
_DARK, _DARK_SAMPLE = 1.6, 12.5


def pipeline_memory(steps: Sequence[str], ramp: RampSize, overrides: Mapping[str, int]) -> int:
    """Give the bytes that a pass of the pipeline takes.

    Steps work one after the other on one ramp, so that the one that takes most counts.

    Parameters
    ----------
    steps : sequence of str
        The steps of the pass.
    ramp : RampSize
        What it starts from.
    overrides : mapping of str to int
        Bytes of the reference files that are named, by type. Of others the size is not known: a dark is taken
        to have as many groups as the ramp.

    Returns
    -------
    int
    """
    return int(
        _RAMP * ramp.samples
        + _MAPS * ramp.pixels
        + max((_step_memory(step, ramp, overrides) for step in steps), default=0.0)
    )


def _step_memory(step: str, ramp: RampSize, overrides: Mapping[str, int]) -> float:
    if step == "jump":
        in_one_go = ramp.groups >= _SINGLE_PASS_GROUPS
        return ramp.samples * (_JUMP_SINGLE_PASS if in_one_go else _JUMP_REPEATED)
    if step == "dark_current":
        known = overrides.get("dark")
        return _DARK_SAMPLE * ramp.pixels * ramp.groups if known is None else _DARK * known
    return _ANY_STEP * ramp.samples
