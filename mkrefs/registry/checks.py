"""What a check must declare, and what creators may say of checks."""

import re
from collections.abc import Mapping

from pydantic import ValidationError

from mkrefs.contract.checks import EVERY_TYPE, Check, CheckLimits
from mkrefs.contract.creator import AnyCreator
from mkrefs.errors import UserError
from mkrefs.instruments.reference_types import REFERENCE_TYPES
from mkrefs.registry.declarations import check_declared, check_parameters

_NAME = re.compile(r"[a-z][a-z0-9_]*")


def refuse_unfit_check(check: type[Check], where: str) -> None:
    """Refuse a check that does not declare all it must, or is for types that do not exist.

    Parameters
    ----------
    check : type
        What a plugin gives as a check.
    where : str
        Plugin and class, for the message.

    Raises
    ------
    UserError
        With what is wrong.
    """
    check_declared(check, Check, ("name",), where)
    check_parameters(check.Limits, CheckLimits, where, "Limits")
    if not _NAME.fullmatch(check.name):
        raise UserError(
            f"{where}: the name '{check.name}' is no word of small letters, digits and _; change it."
        )
    unknown = [name for name in check.reftypes if name != EVERY_TYPE and name not in REFERENCE_TYPES]
    if unknown:
        raise UserError(
            f"{where}: reftypes has '{unknown[0]}', which is no reference type; give '{EVERY_TYPE}' for all, "
            f"or names among {', '.join(sorted(REFERENCE_TYPES))}."
        )
    required = [name for name, info in check.Limits.model_fields.items() if info.is_required()]
    if required:
        raise UserError(f"{where}: limit '{required[0]}' has no default; give one, or None for no limit.")


def refuse_unfit_limits(creator: type[AnyCreator], where: str, checks: Mapping[str, type[Check]]) -> None:
    """Refuse a creator that names checks which do not exist, or limits which they do not allow.

    Parameters
    ----------
    creator : type
        The creator; its ``checks`` are looked at.
    where : str
        Plugin and class, for the message.
    checks : mapping of str to Check class
        All that are installed.

    Raises
    ------
    UserError
        With what is wrong.
    """
    if not isinstance(creator.checks, Mapping):
        raise UserError(f"{where}: checks is no mapping; give limits by the name of the check.")
    for name, limits in creator.checks.items():
        if name not in checks:
            raise UserError(
                f"{where}: checks has '{name}', which no installed plugin provides; "
                f"there are {', '.join(sorted(checks)) or 'none'}."
            )
        try:
            checks[name].Limits.model_validate(dict(limits))
        except (ValidationError, TypeError, ValueError) as error:
            said = " ".join(str(error).split("\n")[0:3]).replace("\n", " ")
            raise UserError(f"{where}: the limits of its check '{name}' are not allowed: {said}") from error
