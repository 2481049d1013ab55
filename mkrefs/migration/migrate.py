"""All rules, one after the other: from an old text to a new one, and what there is to tell."""

from collections.abc import Callable, Iterator

from mkrefs.errors import UserError
from mkrefs.migration import labels, sections, steps, yaml_rules
from mkrefs.migration.document import Document, applied, parse
from mkrefs.migration.finding import Finding, Kind
from mkrefs.migration.labels import Creators
from mkrefs.migration.missing_labels import missing_labels

Rule = Callable[[Document, Creators], Iterator[Finding]]

#: In this order: each sees the text as those before it left it.
RULES: tuple[Rule, ...] = (
    yaml_rules.python_tags,
    yaml_rules.duplicate_keys,
    yaml_rules.python_2_values,
    yaml_rules.leading_zeros,
    yaml_rules.sexagesimals,
    sections.early_names,
    sections.reference_types,
    sections.unknown_reference_types,
    yaml_rules.python_none,
    sections.patterns,
    sections.fits_keywords,
    sections.run_number,
    sections.batch,
    labels.imtypes,
    sections.windows,
    sections.live_references,
    sections.live_keys,
    steps.range_meaning,
    steps.last_version,
    steps.step_names,
    steps.unknown_steps,
    steps.other_steps,
    steps.slopes,
    labels.parameters,
    labels.useafter,
    labels.output_names,
    missing_labels,
)


def migrate_text(text: str, source: str, creators: Creators) -> tuple[str, tuple[Finding, ...]]:
    """Turn the text of an old configuration into one for mkrefs.

    Parameters
    ----------
    text : str
        The old configuration.
    source : str
        Its name, for messages.
    creators : mapping of str to Creator class
        The installed creators by label.

    Returns
    -------
    str
        The new text: the same lines, comments included, and as many of them. A text that needs no
        change is given back as it is.
    tuple of Finding
        What was changed, what the user must decide, and what is worth knowing, by line.

    Raises
    ------
    mkrefs.errors.UserError
        If the text is no YAML, or no mapping of keys to values.
    """
    document = parse(text, source)
    told: list[Finding] = []
    for rule in RULES:
        found = list(rule(document, creators))
        edits = [edit for finding in found for edit in finding.edits]
        if edits:
            document, found = _edited(document, found, source)
        told += found
    return document.text, tuple(sorted(told, key=lambda finding: finding.line))


def _edited(document: Document, found: list[Finding], source: str) -> tuple[Document, list[Finding]]:
    """Make the changes of one rule; leave to the user those that would spoil the YAML."""
    told = found
    if _after(document, found, source) is None:
        alone = [_after(document, [finding], source) is not None for finding in found]
        told = [each if fits else _left_open(each) for each, fits in zip(found, alone, strict=True)]
    new = _after(document, told, source)
    if new is None:
        return document, [_left_open(finding) if finding.edits else finding for finding in told]
    return new, told


def _after(document: Document, found: list[Finding], source: str) -> Document | None:
    new = applied(document.text, (edit for finding in found for edit in finding.edits))
    try:
        return parse(new, source)
    except UserError:
        return None


def _left_open(finding: Finding) -> Finding:
    why = f"to be {finding.new}, which the text around it does not allow; do it by hand: {finding.why}"
    return Finding(Kind.OPEN, finding.line, finding.key, why)
