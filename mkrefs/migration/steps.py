"""Rules on ``ssbsteps``: names of steps, ranges, and what a range means in either tool."""

import re
from collections.abc import Iterator
from itertools import takewhile

from mkrefs.errors import UserError
from mkrefs.instruments.pipeline_steps import ALIASES, NO_RAMP_AFTER, SKIPPED_BY_DEFAULT
from mkrefs.instruments.reference_types import INSTRUMENTS
from mkrefs.migration import old_tool
from mkrefs.migration.document import Document, Entry
from mkrefs.migration.finding import Finding, Kind, rewritten
from mkrefs.migration.labels import Creators, label_sections
from mkrefs.planning.required_steps import parse_ssbsteps

_WORD = re.compile(r"\w+")


def range_meaning(document: Document, creators: Creators) -> Iterator[Finding]:
    """Tell that the older tool's documentation and its last version differ on ranges such as ``refpix-``."""
    found = [entry for entry, word in _ranges(document, creators) if _known(word.rstrip("-"))]
    if not found or _of_last_version(document, creators):
        return
    others = ", ".join(str(entry.line) for entry in found[1:])
    word = _words(found[0])[0]
    why = (
        f"'{word}' takes in {word.rstrip('-')} itself, as the older tool's documentation says; its last "
        "version left the step itself out: if you worked with that, name the step before it"
    )
    also = f" (the same for line {others})" if others else ""
    yield Finding(Kind.NOTE, found[0].line, found[0].dotted, why + also)


def last_version(document: Document, creators: Creators) -> Iterator[Finding]:
    """Write the ranges of the older tool's last version, the one that knew ``refpix+``, as mkrefs does."""
    if not _of_last_version(document, creators):
        return
    order = _old_order(_instruments(document))
    for entry, word in _ranges(document, creators):
        last = _canonical(word.rstrip("-+"))
        if word.endswith("+"):
            why = "mkrefs writes a range that takes in its last step with '-'"
            yield rewritten(document, entry.dotted, entry.scalars[0], f"{word.rstrip('+')}-", why)
        elif word.endswith("-") and last in order[1:]:
            why = "in this file, which knows '+', a range with '-' leaves its last step out"
            before = order[order.index(last) - 1]
            yield rewritten(document, entry.dotted, entry.scalars[0], f"{before}-", why)
        elif word.endswith("-"):
            why = "in this file, which knows '+', the range leaves its last step out; list the steps you want"
            yield Finding(Kind.OPEN, entry.line, entry.dotted, why)


def step_names(document: Document, creators: Creators) -> Iterator[Finding]:
    """Rename steps that have another name in mkrefs for certain."""
    for entry in _ssbsteps(document, creators):
        for node in entry.scalars:
            written = document.written(node)
            new = _WORD.sub(lambda match: old_tool.STEPS.get(match[0], match[0]), written)
            if new != written:
                why = "the name of the step in mkrefs"
                yield rewritten(document, entry.dotted, node, new, why)


def unknown_steps(document: Document, creators: Creators) -> Iterator[Finding]:
    """Find steps that mkrefs does not know; what they mean is not guessed."""
    instruments = _instruments(document)
    for entry in _ssbsteps(document, creators):
        words = _words(entry)
        text = ", ".join(words)
        errors = [error for name in instruments if (error := _error(text, name)) is not None]
        if len(errors) < len(instruments):
            continue
        word = next((word for word in words if word.rstrip("-") in old_tool.STEPS_PERHAPS), "").rstrip("-")
        perhaps = f" ('{word}' may stand for {old_tool.STEPS_PERHAPS[word]})" if word else ""
        yield Finding(
            Kind.OPEN, entry.line, entry.dotted, str(errors[0]).removeprefix("ssbsteps: ") + perhaps
        )


def other_steps(document: Document, creators: Creators) -> Iterator[Finding]:
    """Compare the steps of a range in both tools, but for those that the pipeline leaves out by itself."""
    for entry, word in _ranges(document, creators):
        yield from _other_steps(entry, word.rstrip("-"), _instruments(document)[0])


def slopes(document: Document, creators: Creators) -> Iterator[Finding]:
    """Tell of inputs that are no ramps any more."""
    for entry in _ssbsteps(document, creators):
        last = _words(entry)[-1].rstrip("-")
        if _canonical(last) in NO_RAMP_AFTER:
            why = (
                f"creators of mkrefs measure ramps, and exposures after {last} are left out: a creator "
                "that needs slopes fits them itself; ask for a state before, such as jump-"
            )
            installed = entry.path[0] in creators
            yield Finding(Kind.OPEN if installed else Kind.NOTE, entry.line, entry.dotted, why)


def _other_steps(entry: Entry, word: str, instrument: str) -> Iterator[Finding]:
    """Compare the steps of a range in both tools, but for those that the pipeline leaves out by itself."""
    last = _canonical(word)
    order = _old_order((instrument,))
    if last not in order or _error(f"{word}-", instrument) is not None:
        return
    now = parse_ssbsteps(f"{word}-", instrument).steps
    before = (*order[: order.index(last) + 1], *SKIPPED_BY_DEFAULT)
    more = [step for step in now if step not in before]
    if more:
        certain = not set(more) & set(order)
        why = f"the range takes in {', '.join(more)} now, which the older tool left out"
        if not certain:
            why += ", since the order of the steps has changed; list the steps you want"
        yield Finding(Kind.NOTE if certain else Kind.OPEN, entry.line, entry.dotted, why)


def _ssbsteps(document: Document, creators: Creators) -> Iterator[Entry]:
    for section in label_sections(document, creators):
        entry = section.get("ssbsteps")
        if entry is not None and _words(entry):
            yield entry


def _ranges(document: Document, creators: Creators) -> Iterator[tuple[Entry, str]]:
    """Give the values that are a range, ``refpix-`` or ``refpix+``, with the word."""
    for entry in _ssbsteps(document, creators):
        words = _words(entry)
        if len(words) == 1 and words[0].endswith(("-", "+")):
            yield entry, words[0]


def _words(entry: Entry) -> list[str]:
    return [word.strip() for node in entry.scalars for word in node.value.split(",") if word.strip()]


def _of_last_version(document: Document, creators: Creators) -> bool:
    return any(word.endswith("+") for _, word in _ranges(document, creators))


def _known(word: str) -> bool:
    return _canonical(word) in (*old_tool.NIR_ORDER, *old_tool.MIRI_ORDER)


def _canonical(word: str) -> str:
    name = old_tool.STEPS.get(word, word)
    return ALIASES.get(name, name)


def _old_order(instruments: tuple[str, ...]) -> tuple[str, ...]:
    """Give the older tool's order; of several instruments the steps they begin with alike."""
    if len(instruments) == 1:
        return old_tool.MIRI_ORDER if instruments[0] == "MIRI" else old_tool.NIR_ORDER
    pairs = zip(old_tool.NIR_ORDER, old_tool.MIRI_ORDER, strict=False)
    return tuple(step for step, _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _instruments(document: Document) -> tuple[str, ...]:
    """Give the instrument of the configuration, or all if it names none."""
    entry = document.get("instrument")
    named = entry.text.upper() if entry is not None else ""
    return (named,) if named in INSTRUMENTS else INSTRUMENTS


def _error(text: str, instrument: str) -> UserError | None:
    try:
        parse_ssbsteps(text, instrument)
    except UserError as error:
        return error
    return None
