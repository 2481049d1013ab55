"""Parameters of a creator or combiner: declared once, typed, documented, with units."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Parameters(BaseModel):
    """Base of every parameter set: frozen, and unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


def parameter(default: Any, description: str, *, unit: str = "", **limits: Any) -> Any:
    """Declare one parameter of a `Parameters` class.

    Parameters
    ----------
    default : object
        The value used when neither the configuration nor the command line gives one.
    description : str
        What the parameter does, in one or two sentences; it is shown by ``mkrefs describe`` and in the docs.
    unit : str
        The unit of the value; empty for a number without one.
    **limits
        Limits that pydantic checks, such as ``ge=0``.

    Returns
    -------
    object
        A pydantic field.
    """
    return Field(default=default, description=description, json_schema_extra={"unit": unit}, **limits)


class ReferenceParameters(Parameters):
    """What every reference file needs in its header, settable in the section of any creator."""

    author: str = parameter("mkrefs", "Author of the reference file (AUTHOR).")
    description: str = parameter("Reference file made by mkrefs", "Description of the file (DESCRIP).")
    pedigree: str = parameter(
        "GROUND",
        "Origin of the data (PEDIGREE): GROUND, MODEL, DUMMY, SIMULATION, or INFLIGHT with two dates.",
        pattern=r"^(GROUND|MODEL|DUMMY|SIMULATION|INFLIGHT \d{4}-\d\d-\d\d \d{4}-\d\d-\d\d)$",
    )
    useafter: str = parameter(
        "2015-10-01T00:00:00",
        "Earliest observation date the file is valid for (USEAFTER), as YYYY-MM-DDTHH:MM:SS.",
        pattern=r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d$",
    )
    history: str = parameter("", "Text added to the HISTORY of the file.")
    subarray: str | None = parameter(None, "SUBARRAY of the file; taken from the inputs when not given.")
    readpatt: str | None = parameter(
        None,
        "READPATT of the file; when not given, that of the inputs, or ANY where the CRDS context files this "
        "mode under ANY.",
    )
    outfile: str | None = parameter(
        None,
        "Name of the final file, in the folder of its label, in place of the one the naming scheme gives.",
        pattern=r"^[^/]+\.fits$",
    )
    save_tmp: bool = parameter(
        False,
        "Also keep the bare arrays of each individual file, as they are before it becomes a reference file.",
    )
