"""The form as a YAML file: written with a comment on each field; what people changed in it."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence

import yaml

from mkrefs.counting import counted
from mkrefs.delivery.fields import BY_NAME, Source, Value
from mkrefs.delivery.filling import Entry, Form

FORM_NAME = "delivery_form.yml"
#: What marks an answer that is needed.
OPEN = "ANSWER NEEDED"
_WIDTH = 110


def form_text(form: Form, comments: Mapping[str, Sequence[str]] | None = None) -> str:
    """Write the form.

    Parameters
    ----------
    form : Form
        The filled form.
    comments : mapping of str to sequence of str, optional
        Lines that people put above a field; above "" those at the end.

    Returns
    -------
    str
        YAML, with keys and values of ``crds.submit.Submission``; an answer that is missing is empty.
    """
    own = comments or {}
    missing = len(form.missing)
    head = f"NOT READY: {counted(missing, 'answer')} missing, see {OPEN} below." if missing else "Ready."
    lines = [
        *_comment("Delivery form of reference files for CRDS, filled by mkrefs deliver."),
        *_comment(head),
    ]
    lines += _comment(
        "Edit answers here, or give them with --set and --form, and run mkrefs deliver again: "
        "your answers stay, and what mkrefs knows is brought up to date."
    )
    for entry in form.entries:
        lines += ["", *_about(entry), *own.get(entry.field.name, ()), *_answer(entry)]
    return "\n".join([*lines, *own.get("", ())]) + "\n"


def edited_answers(values: Mapping[str, Value], written: Mapping[str, Value | None]) -> dict[str, Value]:
    """Give the answers in a form that are the deliverer's, and not what mkrefs filled in.

    Parameters
    ----------
    values : mapping of str to str or bool
        What the form says now.
    written : mapping of str to str or bool or None
        What mkrefs filled in by itself when it wrote the form.
    """
    return {name: value for name, value in values.items() if written.get(name) != value}


def added_comments(now: str, before: str) -> dict[str, list[str]]:
    """Give the comment lines that people added to a form, by the field that they stand above.

    Parameters
    ----------
    now, before : str
        The form as it is, and as mkrefs wrote it.
    """
    known = set(before.splitlines())
    found: dict[str, list[str]] = {}
    waiting: list[str] = []
    for line in now.splitlines():
        name = line.partition(":")[0]
        if line.startswith("#") and line not in known:
            waiting.append(line)
        elif name in BY_NAME and waiting:
            found.setdefault(name, []).extend(waiting)
            waiting = []
    return found | ({"": waiting} if waiting else {})


def _about(entry: Entry) -> Iterator[str]:
    """Say what is wanted, and where the answer comes from."""
    field = entry.field
    allowed = f" Allowed: {field.allowed}." if field.flag or field.choices else ""
    yield from _comment(f"{field.question}{allowed}")
    if entry.missing:
        yield from _comment(f"{OPEN}.")
    elif entry.yours:
        known = f" mkrefs finds {_brief(entry.fact.value)} ({entry.fact.how})." if entry.fact else ""
        yield from _comment(f"Your answer.{known}")
    elif entry.fact is not None:
        yours = "" if field.source is not Source.JUDGED else " You may answer otherwise."
        yield from _comment(f"mkrefs: {entry.fact.how}.{yours}")
    else:
        yield from _comment("May stay empty.")


def _answer(entry: Entry) -> Iterator[str]:
    if entry.value is None:
        yield f"{entry.field.name}:" if entry.field.required else f"{entry.field.name}: ''"
    elif isinstance(entry.value, str) and "\n" in entry.value:
        yield f"{entry.field.name}: |-"
        yield from (f"  {line}" for line in entry.value.splitlines())
    else:
        yield yaml.safe_dump({entry.field.name: entry.value}, width=1_000_000, allow_unicode=True).rstrip(
            "\n"
        )


def _brief(value: Value) -> str:
    return " / ".join(value.splitlines()) if isinstance(value, str) else str(value).lower()


def _comment(text: str) -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent="# ",
        subsequent_indent="# ",
        break_long_words=False,
        break_on_hyphens=False,
    )
