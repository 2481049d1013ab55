"""Hooks, contract types, labels, combiners and parameters are documented as they are in the code."""

from dataclasses import fields

import pytest
import yaml

import mkrefs.api
import mkrefs.stacks
from mkrefs.api import (
    AnyCreator,
    CalibratedImage,
    Combiner,
    ImageCorrection,
    ReferenceData,
    ReferenceParameters,
    StatusChange,
)
from mkrefs.contract.hooks import Hooks
from mkrefs.registry.plugins import Plugins, load_plugins

PAGE = "docs/reference/plugins.md"


@pytest.fixture(scope="module")
def installed() -> Plugins:
    return load_plugins()


def official(origins) -> set[str]:
    return {name for name, origin in origins.items() if origin.distribution == "mkrefs"}


def default_in(cell: str) -> object:
    """Read a default as a page shows it: YAML in backticks, or the words 'none' and 'empty'."""
    words = {"none": None, "empty": ""}
    return words[cell] if cell in words else yaml.safe_load(cell.strip("`"))


def same_default(shown: object, default: object) -> bool:
    return shown == default or str(shown) == str(_lists(default)) or _as_time(shown) == default


def _lists(value: object) -> object:
    """Give a default as YAML would: tuples are lists there."""
    if isinstance(value, dict):
        return {name: _lists(item) for name, item in value.items()}
    return [_lists(item) for item in value] if isinstance(value, tuple) else value


def _as_time(value: object) -> str | None:
    return value.strftime("%Y-%m-%dT%H:%M:%S") if hasattr(value, "strftime") else None


def test_every_hook_is_there(page):
    assert set(page(PAGE).names("Hooks")) == {name for name in vars(Hooks) if name.startswith("mkrefs_")}


def test_every_public_name_is_there(page):
    assert set(page(PAGE).names("Public names")) == set(mkrefs.api.__all__)
    assert set(page("docs/reference/stacks.md").names("Public names")) == set(mkrefs.stacks.__all__)


KINDS = [("Creators", AnyCreator), ("Combiners", Combiner), ("Corrections", ImageCorrection)]


@pytest.mark.parametrize(("title", "cls"), KINDS)
def test_every_attribute_of_the_contract_is_there(page, title, cls):
    assert set(page(PAGE).names(title)) == set(cls.__annotations__)


@pytest.mark.parametrize(("title", "cls"), KINDS)
def test_required_attributes_are_called_so(page, title, cls):
    rows = {row[0].strip("`"): row[1] for row in page(PAGE).rows(title)}
    required = {name for name, text in rows.items() if text.startswith("Required.")}
    assert required == {name for name in cls.__annotations__ if not hasattr(cls, name)}


def test_every_member_of_calibrated_images_is_there(page):
    members = {name for name in vars(CalibratedImage) if not name.startswith("_")}
    assert {name.split("(")[0] for name in page(PAGE).names("Calibrated images")} == members


def test_every_change_of_standing_is_there(page):
    assert page(PAGE).names("The standing of pixels") == [change.name for change in StatusChange]


def test_every_field_of_reference_data_is_there(page):
    assert page(PAGE).names("Reference data") == [field.name for field in fields(ReferenceData)]


def test_the_parameters_of_every_creator_are_there(page):
    rows = {row[0].strip("`"): row[1] for row in page(PAGE).rows("Parameters of every creator")}
    assert list(rows) == list(ReferenceParameters.model_fields)
    for name, field in ReferenceParameters.model_fields.items():
        assert same_default(default_in(rows[name]), field.default), name


def test_every_installed_label_is_there(page, installed):
    rows = {row[0].strip("`"): row for row in page(PAGE).rows("Installed labels")}
    assert set(rows) == official(installed.creator_origins)
    for label, row in rows.items():
        assert row[2] == f"`{installed.creators[label].imtypes}`"


def test_every_installed_correction_is_there(page, installed):
    rows = {row[0].strip("`"): row for row in page(PAGE).rows("Installed corrections")}
    assert set(rows) == official(installed.correction_origins)
    for label, row in rows.items():
        assert row[2] == f"`{installed.corrections[label].imtypes}`"


def test_every_installed_combiner_is_there(page, installed):
    names = official(installed.combiner_origins)
    assert set(page(PAGE).names("Installed combiners")) == names
    assert set(page("docs/reference/readnoise.md").names("Combiners")) == names
    for row in page(PAGE).rows("Installed combiners"):
        parameters = installed.combiners[row[0].strip("`")].Parameters.model_fields
        shown = ", ".join(f"`{name}` ({field.default})" for name, field in parameters.items())
        assert row[2] == (shown or "none")


def test_every_parameter_of_every_label_is_on_the_page_of_the_label(page, installed):
    for label in official({**installed.creator_origins, **installed.correction_origins}):
        declared = installed.labels[label].Parameters.model_fields
        rows = {row[0].strip("`"): row[1] for row in page(f"docs/reference/{label}.md").rows("Parameters")}
        assert set(rows) == set(declared), label
        for name, field in declared.items():
            assert same_default(default_in(rows[name]), field.default), f"{label}.{name}"


def test_what_a_label_declares_is_on_its_page(page, installed):
    for label in official(installed.creator_origins):
        creator = installed.creators[label]
        text = page(f"docs/reference/{label}.md").text
        for value in (creator.reftype, creator.imtypes, creator.combiner, *creator.ssbsteps.values()):
            assert f"`{value}`" in text


def test_what_a_correction_declares_is_on_its_page(page, installed):
    for label in official(installed.correction_origins):
        correction = installed.corrections[label]
        text = page(f"docs/reference/{label}.md").text
        words = (correction.imtypes, *correction.ssbsteps.values(), *correction.same)
        for value in (*words, *(change.name for change in correction.changes)):
            assert f"`{value}`" in text, (label, value)
