"""Facts that pages repeat from the code are the code's: steps, rooms, versions."""

import re
from pathlib import Path

import mkrefs
from mkrefs.instruments.pipeline_steps import (
    ALIASES,
    DONE_KEYWORDS,
    IMAGE_ORDER,
    MIRI_ORDER,
    NIR_ORDER,
    SKIPPED_BY_DEFAULT,
)

STEPS = "docs/reference/pipeline-steps.md"


def quoted(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


def test_the_order_of_the_steps_is_right(page):
    lines = [line for line in page(STEPS).section("Order").splitlines() if line.startswith("| ")][1:]
    orders = {line.split(" | ")[0].strip("| "): tuple(quoted(line.split(" | ")[1])) for line in lines[1:]}
    near_infrared, miri, end, images = orders.values()
    assert near_infrared + end == NIR_ORDER
    assert miri + end == MIRI_ORDER
    assert images == IMAGE_ORDER


def test_the_steps_that_are_off_by_default_are_named(page):
    line = re.search(r"^Off by default: (.*)$", page(STEPS).text, re.MULTILINE)
    assert line is not None
    assert set(quoted(line[1])) == SKIPPED_BY_DEFAULT


def test_the_keywords_of_the_steps_are_right(page):
    cells = [cell for row in page(STEPS).rows("What is done already") for cell in row]
    assert {
        cells[place].strip("`"): cells[place + 1].strip("| ") for place in range(0, len(cells), 2)
    } == dict(DONE_KEYWORDS)


def test_other_names_of_steps_are_told(page):
    for alias, step in ALIASES.items():
        assert re.search(rf"`{alias}`[^.`]*`{step}`", page(STEPS).section("The grammar of `ssbsteps`"))


def test_every_room_is_on_the_page_of_the_design(page):
    top = Path(mkrefs.__file__).parent
    rooms = {path.parent.name for path in top.glob("*/__init__.py")}
    rooms |= {"errors", "robust", "counting", "drawing"}
    assert set(page("docs/explanation/design.md").names("Rooms")) == {f"mkrefs.{room}" for room in rooms}


def test_the_readme_begins_with_the_two_commands(page):
    top = page("README.md").text.split("\n## ")[0]
    assert "    pip install . && mkrefs demo\n    pip install '.[test]' && pytest\n" in top


def test_the_changelog_tells_of_this_version(page):
    text = page("CHANGELOG.md").text
    assert mkrefs.__version__ in text
    assert "### Science" in text
