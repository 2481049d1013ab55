"""Fills the form: facts, the deliverer's answers over them where these may decide, and what is left open."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mkrefs.delivery.answers import Answers
from mkrefs.delivery.facts import Fact
from mkrefs.delivery.fields import FIELDS, FURTHER, Field, Source, Value


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the filled form.

    Attributes
    ----------
    field : Field
        The field.
    value : str or bool or None
        The answer; None if there is none.
    fact : Fact or None
        What mkrefs knows of it.
    yours : bool
        Whether the answer is the deliverer's.
    """

    field: Field
    value: Value | None
    fact: Fact | None = None
    yours: bool = False

    @property
    def missing(self) -> bool:
        """Whether an answer is needed and not there."""
        return self.value is None and self.field.required


@dataclass(frozen=True, slots=True)
class Form:
    """The filled form.

    Attributes
    ----------
    entries : tuple of Entry
        In the order of the fields.
    contradictions : tuple of str
        Sentences on answers that do not agree with what mkrefs knows.
    """

    entries: tuple[Entry, ...]
    contradictions: tuple[str, ...] = ()

    @property
    def missing(self) -> tuple[Field, ...]:
        """The fields that still need an answer."""
        return tuple(entry.field for entry in self.entries if entry.missing)


def fill(facts: Mapping[str, Fact], answers: Answers) -> Form:
    """Fill the form.

    Parameters
    ----------
    facts : mapping of str to Fact
        What is known, by field.
    answers : mapping of str to str or bool
        What the deliverer says.

    Returns
    -------
    Form
        Facts stand where no answer may change them; elsewhere the answer counts.
    """
    entries = tuple(_entry(field, facts.get(field.name), answers.get(field.name)) for field in FIELDS)
    further = tuple(
        Entry(field, answers[field.name], yours=True) for field in FURTHER if field.name in answers
    )
    return Form((*entries, *further), tuple(_contradictions(facts, answers)))


def _entry(field: Field, fact: Fact | None, answer: Value | None) -> Entry:
    if _stands(field, fact) or answer is None or (fact is not None and answer == fact.value):
        return Entry(field, fact.value if fact else None, fact)
    return Entry(field, answer, fact, yours=True)


def _stands(field: Field, fact: Fact | None) -> bool:
    """Tell whether a fact is not to be answered otherwise."""
    return fact is not None and field.source is not Source.JUDGED


def _contradictions(facts: Mapping[str, Fact], answers: Answers) -> Iterator[str]:
    for field in FIELDS:
        fact, answer = facts.get(field.name), answers.get(field.name)
        if fact is None or answer is None or answer == fact.value:
            continue
        said = f"{field.name}: you say {_shown(answer)}, mkrefs finds {_shown(fact.value)} ({fact.how})"
        if _stands(field, fact):
            yield f"{said}; this stands"
        elif field.flag:
            yield f"{said}; your answer stands"


def _shown(value: Value) -> str:
    return repr(value) if isinstance(value, str) else str(value).lower()
