"""The types of values in a configuration: what each allows, and the one spelling it is brought to."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator

from mkrefs.config.problems import did_you_mean
from mkrefs.errors import UserError
from mkrefs.instruments.pipeline_steps import ALIASES, IMAGE_ORDER, MIRI_ORDER, NIR_ORDER
from mkrefs.instruments.reference_types import INSTRUMENTS, canonical_reftype

_STEPS_ALLOWED = (
    "allowed: a list of steps such as 'dq_init, saturation', or one step and '-' such as 'refpix-'"
)
_FITS_KEYWORD = re.compile(r"[A-Z0-9_-]{1,8}")


def _split_list(value: Any) -> Any:
    """Turn text with commas, or a list, into a tuple; leave anything else to be refused."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return tuple(value) if isinstance(value, list) else value


def _instrument(name: str) -> str:
    if name.upper() not in INSTRUMENTS:
        raise ValueError(f"'{name}' is not a JWST instrument; {did_you_mean(name, INSTRUMENTS)}")
    return name.upper()


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        column = "" if error.pos is None else f" at position {error.pos + 1}"
        raise ValueError(f"'{text}' is not a regular expression: {error.msg}{column}") from None
    return text


def _keyword(name: str) -> str:
    if not _FITS_KEYWORD.fullmatch(name.upper()):
        raise ValueError(f"'{name}' is not a FITS keyword: up to 8 letters, digits, '-' or '_' are allowed")
    return name.upper()


def _reftype(name: str) -> str:
    try:
        return canonical_reftype(name)
    except UserError as error:
        raise ValueError(str(error)) from None


def _name_part(text: str) -> str:
    if not re.fullmatch(r"\w[\w.+-]*", text):
        raise ValueError(
            f"'{text}' becomes part of file names: letters, digits, '_', '-', '+' and '.' are allowed, "
            "beginning with a letter or digit"
        )
    return text


def _run_id(value: Any) -> Any:
    if isinstance(value, str) and value.upper() == "AUTO":
        return "AUTO"
    digits = str(value).strip()
    if isinstance(value, bool) or not digits.isdecimal():
        raise ValueError(f"must be AUTO or an integer from 0, not {value!r}")
    return int(digits)


def _lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


def _reference_source(value: str) -> str:
    return value.upper() if value.upper() in ("CRDS", "SELF") else value


def _comparison_source(value: str) -> str:
    if value.upper() == "SELF":
        raise ValueError("a file is not compared with itself; allowed: CRDS, or the path of a file")
    return "CRDS" if value.upper() == "CRDS" else value


def _steps(value: Any) -> Any:
    """Bring a list or text with commas to one spelling; which steps exist is not known here."""
    if not isinstance(value, str | list):
        return value
    steps = _split_list(value)
    alone = len(steps) == 1
    if not steps or not all(isinstance(step, str) and re.fullmatch(r"\w+-?", step) for step in steps):
        raise ValueError(f"{value!r} is not understood; {_STEPS_ALLOWED}")
    if not alone and any(step.endswith("-") for step in steps):
        raise ValueError(f"'-' after a step means all steps up to it and stands alone; {_STEPS_ALLOWED}")
    return ", ".join(steps)


def _known_step(name: str) -> str:
    step = ALIASES.get(name, name)
    steps = tuple(dict.fromkeys((*NIR_ORDER, *MIRI_ORDER, *IMAGE_ORDER)))
    if step not in steps:
        allowed = [*steps, *ALIASES]
        raise ValueError(
            f"'{name}' is no step of calwebb_detector1 or calwebb_image2; {did_you_mean(name, allowed)}"
        )
    return step


Names = Annotated[tuple[str, ...], BeforeValidator(_split_list)]
Steps = Annotated[tuple[Annotated[str, AfterValidator(_known_step)], ...], BeforeValidator(_split_list)]
Causes = Annotated[
    tuple[Literal["memory", "signal", "timeout", "exception"], ...], BeforeValidator(_split_list)
]
Pattern = Annotated[str, AfterValidator(_pattern)]
Keyword = Annotated[str, AfterValidator(_keyword)]
Keywords = Annotated[tuple[Keyword, ...], BeforeValidator(_split_list)]
NamePart = Annotated[str, AfterValidator(_name_part)]
RefType = Annotated[str, AfterValidator(_reftype)]
RefTypes = Annotated[tuple[RefType, ...], BeforeValidator(_split_list)]
RunId = Annotated[Literal["AUTO"] | int, BeforeValidator(_run_id)]
LogLevel = Annotated[Literal["debug", "info", "warning", "error", "critical"], BeforeValidator(_lower)]
Instrument = Annotated[str, AfterValidator(_instrument)]
ReferenceSource = Annotated[str, AfterValidator(_reference_source)]
ComparisonSource = Annotated[str, AfterValidator(_comparison_source)]
SsbSteps = Annotated[str, BeforeValidator(_steps)]
