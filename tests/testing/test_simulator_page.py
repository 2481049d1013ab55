from dataclasses import fields
from pathlib import Path

import pytest

import mkrefs.testing
from mkrefs.testing import CoronagraphSpec, CoronagraphTruth, Effects, ImageTruth, Levels, MosaicSpec

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "simulator.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [*Effects.names(), *(item.name for item in fields(Levels))])
def test_every_switch_and_level_is_explained(name):
    assert f"`{name}`" in PAGE


def test_every_public_name_is_explained_or_named():
    assert {name for name in mkrefs.testing.__all__ if name not in PAGE} == set()


@pytest.mark.parametrize("kind", [MosaicSpec, ImageTruth, CoronagraphSpec, CoronagraphTruth])
def test_every_field_of_images_is_explained(kind):
    part = PAGE.split("## Coronagraphic exposures" if "Coronagraph" in kind.__name__ else "## Mosaics")[1]
    assert [item.name for item in fields(kind) if f"`{item.name}`" not in part] == []
