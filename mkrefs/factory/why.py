"""Why an exposure is used, or not: for each label of a plan, its group or the rule that leaves it out."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mkrefs.errors import UserError
from mkrefs.factory.prepare import Prepared
from mkrefs.grouping import InputSet
from mkrefs.planning.plan import LabelPlan


@dataclass(frozen=True, slots=True)
class Reason:
    """What one label does with one exposure.

    Attributes
    ----------
    label : str
        The label.
    used : bool
        Whether the exposure takes part.
    text : str
        Its groups and roles, or why it is left out.
    """

    label: str
    used: bool
    text: str


def explain(prepared: Prepared, file: Path) -> tuple[Reason, ...]:
    """Tell for each label of a plan what becomes of a file.

    Parameters
    ----------
    prepared : Prepared
        A plan for files among which is ``file``.
    file : Path
        The file asked for.

    Returns
    -------
    tuple of Reason
        One for each label.

    Raises
    ------
    UserError
        If the file is not among those of the plan.
    """
    table, name = prepared.catalog.table, str(file.absolute())
    rows = table[table["file"] == name].to_dict("records")
    if not rows:
        raise UserError(f"{file} is not among the files of this plan; give it with the others.")
    row = next((row for row in rows if row["skip"] == ""), rows[0])
    if row["skip"]:
        return tuple(Reason(label.label, used=False, text=row["skip"]) for label in prepared.plan.labels)
    exposure = str(row["exposure"])
    products = set(table.loc[table["exposure"] == exposure, "file"])
    taken = products.intersection(path for job in prepared.plan.jobs for path in job.inputs)
    instead = () if name in taken else tuple(sorted(taken))
    return tuple(_reason(label, exposure, instead) for label in prepared.plan.labels)


def _reason(label: LabelPlan, exposure: str, instead: tuple[str, ...]) -> Reason:
    """Tell what becomes of an exposure, and which of its products are taken in place of the file."""
    places = list(_places(label, exposure))
    if places and instead:
        names = " and ".join(Path(path).name for path in instead)
        return Reason(label.label, used=False, text=f"{names} is taken of its exposure: {'; '.join(places)}")
    if places:
        return Reason(label.label, used=True, text="; ".join(places))
    reasons = [left.reason for left in label.left_out if left.exposure == exposure]
    return Reason(label.label, used=False, text="; ".join(reasons))


def _places(label: LabelPlan, exposure: str) -> Iterator[str]:
    for number, each in enumerate(label.sets, 1):
        roles = [role for role, member in each.roles if member == exposure]
        if roles:
            yield f"{', '.join(roles)} of group {number} with {_company(each, exposure)}"


def _company(each: InputSet, exposure: str) -> str:
    others = [member for _, member in each.roles if member != exposure]
    return ", ".join(others) if others else "no other exposure"
