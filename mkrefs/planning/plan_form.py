"""A plan as JSON values: its jobs, and what was left out and why."""

from dataclasses import asdict
from typing import Any

from mkrefs.jobs.json_form import plan_to_json
from mkrefs.planning.plan import Plan


def plan_values(plan: Plan) -> dict[str, Any]:
    """Give a plan as JSON values.

    Parameters
    ----------
    plan : Plan
        What will be done.

    Returns
    -------
    dict
        What `mkrefs.jobs.json_form.plan_from_json` takes; besides the jobs ``skipped``, the reason by file,
        and ``labels``, each with the exposures that it leaves out.
    """
    return {
        **plan_to_json(plan.jobs),
        "skipped": dict(plan.skipped),
        "labels": [
            {
                "label": each.label,
                "reftype": each.reftype,
                "imtypes": each.imtypes,
                "left_out": [asdict(left_out) for left_out in each.left_out],
            }
            for each in plan.labels
        ],
    }
