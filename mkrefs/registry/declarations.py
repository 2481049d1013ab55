"""What a class that enters by a plugin must declare, whatever kind it is of."""

import inspect
from typing import Any

from mkrefs.contract.parameters import Parameters
from mkrefs.errors import UserError


def check_declared(cls: type, base: type, names: tuple[str, ...], where: str) -> None:
    """Refuse what is not a documented subclass of ``base`` that declares all of ``names``."""
    if not (inspect.isclass(cls) and issubclass(cls, base)):
        raise UserError(
            f"{where} is not a subclass of mkrefs.api.{base.__name__}; derive it from that class."
        )
    if inspect.isabstract(cls):
        missing = ", ".join(sorted(getattr(cls, "__abstractmethods__", ())))
        raise UserError(f"{where} does not define {missing}; define it.")
    absent = [name for name in names if not getattr(cls, name, None)]
    if absent:
        raise UserError(f"{where} does not declare {', '.join(absent)}; add it to the class.")
    if not cls.__doc__ or cls.__doc__ == base.__doc__:
        raise UserError(f"{where} has no docstring; say in it what it makes.")


def check_parameters(declared: Any, base: type[Parameters], where: str, name: str = "Parameters") -> None:
    """Refuse parameters that are not derived from ``base``, or not declared by ``parameter()``."""
    if not (inspect.isclass(declared) and issubclass(declared, base)):
        raise UserError(
            f"{where}: {name} is not a subclass of mkrefs.api.{base.__name__}; derive it from that."
        )
    bare = [name for name, info in declared.model_fields.items() if not info.description]
    if bare:
        raise UserError(
            f"{where}: parameter '{bare[0]}' has no description; declare it with mkrefs.api.parameter()."
        )
    unitless = [name for name, info in declared.model_fields.items() if "unit" not in (_extra(info) or {})]
    if unitless:
        raise UserError(
            f"{where}: parameter '{unitless[0]}' has no unit; declare it with mkrefs.api.parameter()."
        )


def _extra(info: Any) -> dict[str, Any] | None:
    extra = info.json_schema_extra
    return extra if isinstance(extra, dict) else None
