"""Every check, every limit and every value of the tables stands on the page of the checks, as in the code."""

from collections.abc import Mapping

import pytest

from mkrefs.contract.checks import CheckLimits
from mkrefs.gate.limit_tables import limit_tables
from mkrefs.registry.plugins import load_plugins

PAGE = "docs/reference/checks.md"
OFFICIAL = {
    name: check
    for name, check in load_plugins().checks.items()
    if load_plugins().check_origins[name].distribution == "mkrefs"
}


def shown(value: object) -> str:
    """Write a default as the page does."""
    if value is None:
        return "none"
    if value in ((), {}):
        return "empty"
    return f"`{', '.join(map(str, value)) if isinstance(value, tuple) else value}`"


def plain(value: object) -> str:
    """Write a value of a table as the page does."""
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key}: {plain(each)}' for key, each in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(plain, value))}]"
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def limits_on(page, title: str) -> list[list[str]]:
    return [[cell.strip() for cell in row] for row in page(PAGE).rows(title)]


def declared(model: type[CheckLimits], names) -> list[list[str]]:
    fields = model.model_fields
    return [[f"`{name}`", shown(fields[name].default), fields[name].description or ""] for name in names]


def test_every_check_has_a_section(page):
    titles = page(PAGE).text.split("\n## The checks\n")[1].split("\n## ")[0]
    sections = [line.strip("# `") for line in titles.splitlines() if line.startswith("### `")]
    assert sorted(sections) == sorted(OFFICIAL)


@pytest.mark.parametrize("name", OFFICIAL)
def test_every_limit_of_a_check_is_there(page, name):
    model = OFFICIAL[name].Limits
    own = [limit for limit in model.model_fields if limit not in CheckLimits.model_fields]
    assert limits_on(page, f"`{name}`") == declared(model, own)
    assert (OFFICIAL[name].__doc__ or "").strip() in page(PAGE).section(f"`{name}`")


def test_the_limits_of_every_check_are_there(page):
    assert limits_on(page, "Limits of every check") == declared(CheckLimits, CheckLimits.model_fields)


@pytest.mark.parametrize("name", limit_tables())
def test_every_value_of_the_tables_is_there(page, name):
    table = limit_tables()[name]
    expected = [
        [
            ", ".join(f"`{reftype}`" for reftype in entry.reftypes),
            f"`{entry.check}`",
            ", ".join(f"{limit}: {plain(value)}" for limit, value in entry.values.items()),
            ", ".join(entry.detectors) or "all",
            table.sources[entry.source],
        ]
        for entry in table.limits
    ]
    assert limits_on(page, f"`{name}`") == expected
    assert f"Version {table.version}." in page(PAGE).section(f"`{name}`")
