"""The deliverer's own answers to the form: from files, from the command line, from a form filled by hand."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from mkrefs.config.problems import nearest
from mkrefs.delivery.fields import BY_NAME, Field, Value, forbidden_character
from mkrefs.errors import UserError

Answers = Mapping[str, Value]

_WORDS = {"yes": True, "true": True, "no": False, "false": False}


def read_answers(path: Path) -> dict[str, Value]:
    """Read answers from a YAML file: some fields of the form, or a whole one.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    dict of str to str or bool
        By field; those without a value are left out.

    Raises
    ------
    UserError
        If it cannot be read, or names fields or answers that the form does not have: all of them are told.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"{path}: the answers cannot be read: {error.strerror}.") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: this is no YAML file: {' '.join(str(error).split())}.") from error
    if content is None:
        return {}
    if not isinstance(content, dict):
        raise UserError(
            f"{path}: the answers must be lines of the form 'field: answer', with a field of the form."
        )
    return _checked(content.items(), str(path))


def given_answers(pairs: Sequence[tuple[str, str]]) -> dict[str, Value]:
    """Check answers given on the command line.

    Raises
    ------
    UserError
        If they name fields or answers that the form does not have.
    """
    return _checked(pairs, "--set")


def _checked(pairs: Any, where: str) -> dict[str, Value]:
    found: dict[str, Value] = {}
    problems: list[str] = []
    for name, given in pairs:
        field = BY_NAME.get(str(name))
        if field is None:
            problems.append(_unknown(str(name)))
        elif not _is_empty(given):
            try:
                found[field.name] = _value(field, given)
            except UserError as error:
                problems.append(str(error))
    if problems:
        raise UserError(f"{where}: {'; '.join(problems)}.")
    return found


def _unknown(name: str) -> str:
    near = nearest(name, BY_NAME)
    hint = f"did you mean '{near}'" if near else f"its fields are {', '.join(BY_NAME)}"
    return f"the form has no field '{name}' ({hint})"


def _is_empty(given: Any) -> bool:
    return given is None or given == [] or (isinstance(given, str) and not given.strip())


def _value(field: Field, given: Any) -> Value:
    if field.flag:
        answer = _WORDS.get(str(given).strip().lower())
        if answer is None:
            raise UserError(f"{field.name} is {given!r}, allowed is {field.allowed}")
        return answer
    if field.choices:
        word = {True: "Yes", False: "No"}.get(given, given) if isinstance(given, bool) else given
        match = [choice for choice in field.choices if choice.lower() == str(word).strip().lower()]
        if not match:
            raise UserError(f"{field.name} is {given!r}, allowed are {field.allowed}")
        return match[0]
    text = ", ".join(_texts(field, given))
    if field.name == "description" and (wrong := forbidden_character(text)):
        raise UserError(
            f"description holds {wrong!r}, CRDS allows only letters, digits, blanks and . , - _ / = +"
        )
    return text


def _texts(field: Field, given: Any) -> Iterator[str]:
    for each in given if isinstance(given, list) else [given]:
        if isinstance(each, bool | dict | list):
            raise UserError(f"{field.name} is {given!r}, allowed is {field.allowed}")
        yield str(each).strip()
