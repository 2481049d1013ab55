"""A plan as JSON values and back, exactly: jobs, labels with their groups, folders, what was left out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from mkrefs.errors import UserError
from mkrefs.jobs.crds_state import CrdsState
from mkrefs.jobs.json_form import plan_from_json, plan_to_json
from mkrefs.planning.naming import RunLayout
from mkrefs.planning.plan import LabelPlan, Plan


@dataclass(frozen=True, slots=True)
class _About:
    """All of a plan but its jobs."""

    layout: RunLayout
    crds: CrdsState
    labels: tuple[LabelPlan, ...]
    skipped: dict[str, str]


_FORM = TypeAdapter(_About)


def plan_values(plan: Plan) -> dict[str, Any]:
    """Give a plan as JSON values.

    Parameters
    ----------
    plan : Plan
        What will be done.

    Returns
    -------
    dict
        What `plan_from_values` takes: besides the jobs ``layout``, ``crds``, ``skipped``, the reason by file,
        and ``labels``, each with its groups, the exposures that it leaves out, and notes.
    """
    about = _About(plan.layout, plan.crds, plan.labels, dict(plan.skipped))
    return {**plan_to_json(plan.jobs), **_FORM.dump_python(about, mode="json")}


def plan_from_values(values: Mapping[str, Any]) -> Plan:
    """Rebuild a plan.

    Parameters
    ----------
    values : mapping
        What `plan_values` gave; it may hold more.

    Returns
    -------
    Plan
        Equal to the one that was written.

    Raises
    ------
    mkrefs.errors.UserError
        If ``values`` are not those of a plan, or of a form that this version does not know.
    """
    jobs = plan_from_json(values)
    try:
        about = _FORM.validate_python({name: values.get(name) for name in _About.__slots__})
    except ValidationError as error:
        place = ".".join(map(str, error.errors()[0]["loc"]))
        raise UserError(f"this plan of mkrefs is not whole ({place}); make it anew") from error
    return Plan(about.layout, about.crds, about.labels, jobs, about.skipped)
