"""Jobs as JSON values and back, exactly.

Only the form lives here: what the jobs mean is in `mkrefs.jobs.job`, where files go is the callers' business.
"""

import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any, cast

from mkrefs.errors import UserError
from mkrefs.jobs.job import Job

#: Number of the form; 1 held less than what is needed to go on with a run.
PLAN_FORMAT = 2
_KINDS: Mapping[str, type[Job]] = {kind.__name__: kind for kind in typing.get_args(Job)}


def job_to_json(job: Job) -> dict[str, Any]:
    """Give a job as JSON values: its kind and its fields.

    Parameters
    ----------
    job : Job
        Its free-form parameters hold JSON values.

    Returns
    -------
    dict
        What `job_from_json` takes.
    """
    return {"kind": type(job).__name__, **_encoded(job)}


def job_from_json(value: Mapping[str, Any]) -> Job:
    """Rebuild a job.

    Parameters
    ----------
    value : mapping
        What `job_to_json` gave.

    Returns
    -------
    Job
        Equal to the one that was written.

    Raises
    ------
    mkrefs.errors.UserError
        If ``value`` is not the form of a job.
    """
    try:
        content = dict(value)
        kind = _KINDS[content.pop("kind")]
        return cast(Job, _decoded(kind, content))
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(
            f"this is not a job of mkrefs ({type(error).__name__}: {error}); the plan was changed or comes"
            " from another version, so make it anew"
        ) from error


def plan_to_json(jobs: Sequence[Job]) -> dict[str, Any]:
    """Give a plan as JSON values.

    Parameters
    ----------
    jobs : sequence of Job
        The plan; the order is kept.

    Returns
    -------
    dict
        What `plan_from_json` takes.
    """
    return {"mkrefs_plan": PLAN_FORMAT, "jobs": [job_to_json(job) for job in jobs]}


def plan_from_json(value: Mapping[str, Any]) -> tuple[Job, ...]:
    """Rebuild a plan.

    Parameters
    ----------
    value : mapping
        What `plan_to_json` gave.

    Returns
    -------
    tuple of Job
        Equal to the jobs that were written, in their order.

    Raises
    ------
    mkrefs.errors.UserError
        If ``value`` is not the form of a plan, or of a format this version does not know.
    """
    version = value.get("mkrefs_plan") if isinstance(value, Mapping) else None
    if version is None:
        raise UserError('this is not a plan of mkrefs: it lacks "mkrefs_plan"; make it anew')
    if version != PLAN_FORMAT:
        raise UserError(
            f"this plan is of another version of mkrefs: its form has number {version}, and {PLAN_FORMAT} is "
            "known here; make it anew"
        )
    if not isinstance(value.get("jobs"), list):
        raise UserError('this is not a plan of mkrefs: "jobs" must be a list; make it anew')
    return tuple(job_from_json(job) for job in value["jobs"])


def _encoded(value: Any) -> Any:
    if is_dataclass(value):
        return {field.name: _encoded(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {name: _encoded(item) for name, item in value.items()}
    if isinstance(value, tuple | list):
        return [_encoded(item) for item in value]
    return value


def _decoded(form: Any, value: Any) -> Any:
    """Rebuild a value of the type that ``form``, a type hint of a job's field, asks for."""
    if is_dataclass(form):
        hints = typing.get_type_hints(form)
        return cast(Any, form)(**{name: _decoded(hints[name], item) for name, item in dict(value).items()})
    if typing.get_origin(form) is tuple:
        if not isinstance(value, list):
            raise TypeError(f"{value!r} is not a list")
        return tuple(_decoded(typing.get_args(form)[0], item) for item in value)
    if isinstance(form, type) and form in (str, int, bool) and not isinstance(value, form):
        raise TypeError(f"{value!r} is not of type {form.__name__}")
    if isinstance(form, types.GenericAlias) and not isinstance(value, dict):
        raise TypeError(f"{value!r} is not a mapping")
    return value
