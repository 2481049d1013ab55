"""Every key of the configuration stands on the reference page, with what the schema says about it."""

import re
from pathlib import Path

import pytest

from mkrefs.config.problems import Problem
from mkrefs.config.schema import SECTIONS, LabelKeys, TopLevel, Window

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "configuration.md").read_text(encoding="utf-8")
PLACES = {
    "Top-level keys": TopLevel,
    **{f"`{name}`": model for name, model in SECTIONS.items()},
    "Time windows": Window,
    "Sections of labels": LabelKeys,
}


def _rows(title: str) -> dict[str, list[str]]:
    """Give the cells of the table below a heading by its first cell."""
    section = PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]
    rows = [line.strip("|").split(" | ") for line in section.splitlines() if line.startswith("| `")]
    return {row[0].strip(" `"): [cell.strip() for cell in row[1:]] for row in rows}


@pytest.mark.parametrize("title", PLACES)
def test_every_key_is_documented(title):
    fields = PLACES[title].model_fields
    rows = _rows(title)
    assert list(rows) == list(fields)
    for name, field in fields.items():
        assert field.description == rows[name][-1]


@pytest.mark.parametrize("title", PLACES)
def test_the_defaults_are_right(title):
    for name, field in PLACES[title].model_fields.items():
        default = field.get_default(call_default_factory=True, validated_data={})
        words = ", ".join(default) if isinstance(default, tuple) else default
        shown = "" if default in (None, (), {}) else f"`{words}`"
        assert _rows(title)[name][1] == shown


def test_the_examples_of_messages_are_real(mistakes, load):
    block = re.search(r"```yaml\n(# A file with mistakes\n.*?)```\n.*?```text\n(.*?)```", PAGE, re.DOTALL)
    assert block is not None
    assert mistakes(block[1]) == block[2].splitlines()
    assert str(Problem("main.yml", 3, "a.b", "text")) == "main.yml:3: a.b: text"
