"""The HISTORY of a reference file: what it was made from, how, and by which software."""

import json
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any


def history_lines(
    *,
    made_by: str,
    plugin: str,
    inputs: Sequence[str],
    parameters: Mapping[str, Any],
    fingerprint: str,
    results: Sequence[str],
    text: str,
) -> tuple[str, ...]:
    """Compose the HISTORY.

    Parameters
    ----------
    made_by : str
        What made the file: a label, or a combiner.
    plugin : str
        Distribution and version it comes from.
    inputs : sequence of str
        Names of the files it was made from.
    parameters : mapping
        The parameters in force.
    fingerprint : str
        Of the job.
    results : sequence of str
        What the algorithm has to say.
    text : str
        The user's own ``history``.

    Returns
    -------
    tuple of str
    """
    software = ", ".join(f"{name} {_version(name)}" for name in ("mkrefs", "jwst", "stdatamodels", "numpy"))
    lines = [
        *([text] if text else []),
        f"Made by {made_by} ({plugin})",
        f"Software: {software}",
        f"Made from {len(inputs)} file(s):",
        *inputs,
        *results,
        f"Parameters: {json.dumps(dict(parameters), sort_keys=True)}",
        f"Fingerprint: {fingerprint}",
    ]
    return tuple(lines)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "(not installed)"
