"""Reads the pages of the documentation: sections, tables, code blocks, links."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Page:
    """One Markdown page."""

    path: Path

    @property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    def section(self, title: str) -> str:
        """Give what stands below a heading, up to the next one of any level."""
        match = re.search(rf"^#+ {re.escape(title)}\n(.*?)(?=^#+ |\Z)", self.text, re.MULTILINE | re.DOTALL)
        assert match is not None, f"{self.path} has no section '{title}'"
        return match[1]

    def rows(self, title: str) -> list[list[str]]:
        """Give the cells of the tables in a section, without their heads."""
        lines = [line for line in self.section(title).splitlines() if line.startswith("| ")]
        cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
        return [row for row in cells if row[0].startswith("`")]

    def names(self, title: str) -> list[str]:
        """Give the first words of all that stands in backticks in the first cells of a section's tables."""
        return [quoted.split()[0] for row in self.rows(title) for quoted in in_backticks(row[0])]

    def blocks(self, language: str) -> list[str]:
        """Give the code blocks in one language, those in lists too, without their indentation."""
        found = re.findall(rf"^( *)```{language}\n(.*?)^ *```$", self.text, re.MULTILINE | re.DOTALL)
        return [re.sub(rf"^{indent}", "", code, flags=re.MULTILINE) for indent, code in found]


def in_backticks(text: str) -> list[str]:
    """Give all that stands in backticks."""
    return re.findall(r"`([^`]+)`", text)


@pytest.fixture
def page() -> Callable[[str], Page]:
    """Open a page by its path below the top of the project."""
    return lambda name: Page(ROOT / name)


@pytest.fixture
def pages() -> list[Page]:
    """All pages."""
    names = ["README.md", "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")]
    return [Page(ROOT / name) for name in names]


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "JWST_MKREFS_OUTDIR",
        "JWST_MKREFS_CONFIGFILE",
        "CRDS_PATH",
        "CRDS_CONTEXT",
        "CRDS_SERVER_URL",
    ):
        monkeypatch.delenv(name, raising=False)
