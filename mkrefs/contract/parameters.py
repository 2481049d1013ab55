"""Parameters of a creator or combiner: declared once, typed, documented, with units."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from mkrefs.contract.header_text import fits_line, fits_text, output_name, pedigree_text, useafter_text

#: What may be written in the header, by parameter.
_CHECKS: Mapping[str, Callable[[str], str]] = MappingProxyType(
    {
        "author": fits_line,
        "description": fits_line,
        "pedigree": pedigree_text,
        "useafter": useafter_text,
        "history": fits_text,
        "subarray": fits_line,
        "readpatt": fits_line,
        "outfile": output_name,
    }
)


class Parameters(BaseModel):
    """Base of every parameter set: frozen, and unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


def parameter(
    default: Any, description: str, *, unit: str = "", changes_result: bool = True, **limits: Any
) -> Any:
    """Declare one parameter of a `Parameters` class.

    Parameters
    ----------
    default : object
        The value used when neither the configuration nor the command line gives one.
    description : str
        What the parameter does, in one or two sentences; it is shown by ``mkrefs describe`` and in the docs.
    unit : str
        The unit of the value; empty for a number without one.
    changes_result : bool
        False for what only changes how the result is reached, such as a number of threads: another value is
        no reason to make a file again.
    **limits
        Limits that pydantic checks, such as ``ge=0``.

    Returns
    -------
    object
        A pydantic field.
    """
    return Field(
        default=default,
        description=description,
        json_schema_extra={"unit": unit, "changes_result": changes_result},
        **limits,
    )


def incidental_parameters(declared: type[Parameters]) -> tuple[str, ...]:
    """Name the parameters that do not change the result."""
    extras = {name: info.json_schema_extra for name, info in declared.model_fields.items()}
    return tuple(
        name
        for name, extra in extras.items()
        if isinstance(extra, dict) and extra.get("changes_result") is False
    )


class ReferenceParameters(Parameters):
    """What every reference file needs in its header, settable in the section of any creator."""

    author: str = parameter("mkrefs", "Author of the reference file (AUTHOR).")
    description: str = parameter("Reference file made by mkrefs", "Description of the file (DESCRIP).")
    pedigree: str = parameter(
        "GROUND",
        "Origin of the data (PEDIGREE): GROUND, MODEL, DUMMY, SIMULATION, or INFLIGHT; two dates may follow "
        "INFLIGHT, which are otherwise the days of the first and last exposure.",
    )
    useafter: str = parameter(
        "2015-10-01T00:00:00",
        "Earliest observation date the file is valid for (USEAFTER), as YYYY-MM-DDTHH:MM:SS; AUTO for the "
        "day of the first exposure.",
    )
    history: str = parameter("", "Text added to the HISTORY of the file; may have several lines.")
    subarray: str | None = parameter(None, "SUBARRAY of the file; taken from the inputs when not given.")
    readpatt: str | None = parameter(
        None,
        "READPATT of the file; several with bars between them, such as NRSRAPID|NRS, go into P_READPA. When "
        "not given, that of the inputs, or what the CRDS context files this mode under: ANY, or several.",
    )
    outfile: str | None = parameter(
        None,
        "Name of the final file, in the folder of its label, in place of the one the naming scheme gives.",
    )
    save_tmp: bool = parameter(
        False,
        "Also keep the bare arrays of each individual file, as they are before it becomes a reference file.",
    )

    @field_validator(*_CHECKS)
    @classmethod
    def _fits_the_header(cls, value: str | None, info: ValidationInfo) -> str | None:
        return value if value is None else _CHECKS[str(info.field_name)](value)
