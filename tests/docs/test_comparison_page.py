"""Limits, verdicts and keys of the JSON form stand on the page of the comparison as in the code."""

import inspect
import re
from dataclasses import fields

from mkrefs.comparison.arrays import ArrayComparison
from mkrefs.comparison.comparison import Comparison
from mkrefs.comparison.flags import FlagComparison, Transition
from mkrefs.comparison.limits import BY_TYPE, OF_ERRORS, Limits
from mkrefs.comparison.reasons import Level

PAGE = "docs/reference/comparison.md"


def shown(value):
    return ", ".join(f"{each:g}" for each in (value if isinstance(value, tuple) else (value,)))


def test_the_limits_are_there(page):
    text = inspect.cleandoc(Limits.__doc__ or "") + "\n"
    words = re.findall(r"^(\w+) : .*\n((?:    .*\n)+)", text, re.MULTILINE)
    told = {name: " ".join(text.split()) for name, text in words}
    rows = page(PAGE).rows("Limits")
    limits = [row for row in rows if row[0].strip("`") in told]
    assert limits == [
        [f"`{each.name}`", shown(getattr(Limits(), each.name)), told[each.name]] for each in fields(Limits)
    ]


def test_the_limits_of_types_are_there(page):
    def other(limits):
        names = [each.name for each in fields(Limits)]
        changed = [name for name in names if getattr(limits, name) != getattr(Limits(), name)]
        return "; ".join(f"{name} {shown(getattr(limits, name))}" for name in changed)

    lines = page(PAGE).section("Limits").splitlines()
    for reftype, limits in BY_TYPE.items():
        assert f"| `{reftype}` | {other(limits)} |" in lines
    assert f"| ERR of any type | {other(OF_ERRORS)} |" in lines


def test_the_verdicts_are_there(page):
    assert page(PAGE).names("The verdict")[: len(Level)] == [level.value for level in Level]


def test_the_keys_of_the_json_form_are_there(page):
    rows = {name: row[1] for row in page(PAGE).rows("Keys of a comparison") for name in _names(row[0])}
    own = {each.name for each in fields(Comparison)} | {"transitions", "pixels", "equal"}
    assert set(rows) == own
    for key, model in (("arrays", ArrayComparison), ("flags", FlagComparison), ("transitions", Transition)):
        assert {each.name for each in fields(model)} <= set(_names(rows[key]))


def _names(text):
    return re.findall(r"`(\w+)`", text)
