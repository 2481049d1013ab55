"""``plan.json``: what a run keeps in its folder so that it can be gone on with by that alone."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from mkrefs.config import Output, Overrides, kept_batch
from mkrefs.errors import UserError
from mkrefs.factory.execution import OUTPUT_KEYS, Execution
from mkrefs.planning.plan import Plan
from mkrefs.planning.plan_form import plan_from_values, plan_values
from mkrefs.storage.atomic import write_text_atomic

PLAN_NAME = "plan.json"

_ANEW = "give the command that began the run again, which plans anew"
_NO_OVERRIDES = Overrides()


@dataclass(frozen=True, slots=True)
class KeptPlan:
    """What a run keeps.

    Attributes
    ----------
    plan : Plan
        What to do.
    execution : Execution
        How.
    """

    plan: Plan
    execution: Execution


def kept_values(plan: Plan, execution: Execution) -> dict[str, Any]:
    """Give a plan, and how it is run, as JSON values.

    Parameters
    ----------
    plan : Plan
        What to do.
    execution : Execution
        How.

    Returns
    -------
    dict
        What `mkrefs.planning.plan_form.plan_values` gives, with the sections ``batch`` and ``output``.
    """
    output = execution.output.model_dump(mode="json", include=set(OUTPUT_KEYS))
    return {**plan_values(plan), "batch": execution.batch.model_dump(mode="json"), "output": output}


def keep_plan(plan: Plan, execution: Execution) -> None:
    """Write the plan into its run folder.

    Raises
    ------
    UserError
        If the disk is full or may not be written to.
    """
    text = json.dumps(kept_values(plan, execution), indent=2)
    write_text_atomic(plan.layout.folder / PLAN_NAME, text)


def read_kept_plan(folder: Path, overrides: Overrides = _NO_OVERRIDES) -> KeptPlan:
    """Read the plan that lies in a run folder.

    Parameters
    ----------
    folder : Path
        The run folder.
    overrides : Overrides
        What the command line sets, in section ``batch`` alone.

    Returns
    -------
    KeptPlan
        Equal to what was kept, but for what is overridden.

    Raises
    ------
    UserError
        If there is no plan, it is not whole, of another version of mkrefs, or of a folder elsewhere.
    ConfigError
        If section ``batch`` is wrong.
    """
    path = folder / PLAN_NAME
    values = _values(path)
    try:
        plan = plan_from_values(values)
        output = Output.model_validate({key: values["output"][key] for key in OUTPUT_KEYS})
        batch = dict(values["batch"])
    except UserError as error:
        raise UserError(f"{path}: {error} with the command that began the run.") from error
    except (ValidationError, KeyError, TypeError, ValueError) as error:
        raise UserError(f"{path}: this plan is not whole; {_ANEW}.") from error
    _refuse_moved(plan, folder)
    return KeptPlan(plan, Execution(kept_batch(batch, str(path), overrides), output))


def _values(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError as error:
        reason = "the run holds no plan, perhaps because it was stopped before that was kept"
        raise UserError(f"{path.parent}: {reason}; {_ANEW}.") from error
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}; make it readable.") from error
    except ValueError as error:
        raise UserError(f"{path}: this plan is not whole; {_ANEW}.") from error


def _refuse_moved(plan: Plan, folder: Path) -> None:
    """Refuse a plan whose files would go elsewhere: a moved or copied run has those of its old place."""
    planned = plan.layout.folder
    if folder.resolve() != planned.resolve():
        raise UserError(
            f"{folder}: the run was planned in {planned} and was moved or copied since; move it back, or "
            f"{_ANEW}."
        )
