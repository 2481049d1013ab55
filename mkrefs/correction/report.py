"""The report of a correction as JSON values."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from mkrefs.contract.image_correction import CorrectedImage, CorrectedImages, StatusChange
from mkrefs.jobs.correcting import CorrectJob

REPORT_FORMAT = 1
#: What became of the standing of an image's pixels, by role.
StatusByRole = Mapping[str, Mapping[StatusChange, int]]


def correction_json(
    job: CorrectJob,
    made: CorrectedImages,
    status: StatusByRole,
    *,
    figures: Mapping[str, str],
    files: Sequence[str],
) -> dict[str, Any]:
    """Give the report of a correction.

    Parameters
    ----------
    job : CorrectJob
        What was to be done.
    made : CorrectedImages
        What came of it.
    status : mapping of str to mapping of StatusChange to int
        By role, how many pixels changed their standing.
    figures : mapping of str to str
        Names of the files of the figures.
    files : sequence of str
        Names of the further files, from the folder that is theirs.

    Returns
    -------
    dict
        JSON values; what is no finite number is null.
    """
    report = {
        "mkrefs_correction": REPORT_FORMAT,
        "label": job.label,
        "plugin": job.plugin,
        "parameters": job.parameters,
        "steps": job.steps,
        "images": [
            {
                "role": each.role,
                "exposure": each.exposure,
                "input": Path(each.path).name,
                "output": Path(each.output).name,
                "results": image.results,
                "status": {change.value: status[each.role].get(change, 0) for change in StatusChange},
                "history": image.history,
            }
            for each in job.images
            for image in (made.images.get(each.role, CorrectedImage()),)
        ],
        "results": made.results,
        "history": made.history,
        "warnings": made.warnings,
        "figures": figures,
        "files": files,
    }
    plain: dict[str, Any] = json_value(report)
    return plain


def json_value(value: Any) -> Any:
    """Give a value as JSON holds it: numbers that are not finite become null, numpy's become Python's."""
    match value:
        case Mapping():
            return {str(name): json_value(item) for name, item in value.items()}
        case np.ndarray():
            return json_value(value.tolist())
        case np.generic():
            return json_value(value.item())
        case list() | tuple():
            return [json_value(item) for item in value]
        case float() if not math.isfinite(value):
            return None
        case _:
            return value
