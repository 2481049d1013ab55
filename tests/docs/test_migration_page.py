"""The page on the older tool: what it prints is what mkrefs prints, and what it calls the same exists."""

import os
import re
import subprocess
import sys
import tomllib

import pytest

from mkrefs.cli.main_job import run
from mkrefs.config.schema import SECTIONS, LabelKeys, TopLevel
from mkrefs.contract.imtypes import parse_imtypes

PAGE = "docs/how-to/migrate.md"


def in_backticks(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def test_the_example_is_migrated_as_shown(page, mkrefs, tmp_path):
    old, shown = page(PAGE).blocks("text")[:2]
    (tmp_path / "old.cfg").write_text(old)
    assert mkrefs("migrate", "old.cfg", cwd=tmp_path, status=1).stdout == shown


def same(page, title: str) -> list[str]:
    rows = [row for row in page(PAGE).rows(title) if row[1].startswith("The same")]
    return [word for row in rows for word in in_backticks(row[0])]


def test_options_that_are_called_the_same_exist(page):
    options = {name for param in run.params for name in param.opts}
    assert len(same(page, "Options")) > 15
    assert set(same(page, "Options")) <= options


@pytest.mark.parametrize("section", ["", "inputfiles", "output", "batch", "LABEL"])
def test_keys_that_are_called_the_same_exist(page, section):
    keys = {key.rpartition(".")[2] for key in same(page, "Keys") if key.rpartition(".")[0] == section}
    models = {"": TopLevel, "LABEL": LabelKeys, **SECTIONS}
    windows = {key for key in keys if key.isupper() and parse_imtypes(key)}
    assert keys - windows <= set(models[section].model_fields)


def test_the_plugin_of_the_page_is_found_by_its_entry_point(page, tmp_path):
    project = tomllib.loads(page(PAGE).blocks("toml")[0])["project"]
    (tmp_path / "box_noise.py").write_text("\n".join(page(PAGE).blocks("python")[:3]))
    info = tmp_path / "box_noise-0.1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: 0.1\n")
    points = "".join(f"{name} = {value}\n" for name, value in project["entry-points"]["mkrefs"].items())
    (info / "entry_points.txt").write_text(f"[mkrefs]\n{points}")
    code = "import sys; from mkrefs.cli.main import main; sys.argv[1:] = ['describe', 'box_noise']; main()"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "boxsize: int, default 16 pixel, >= 1" in done.stdout


def test_the_old_section_fits_the_plugin_of_the_page(page):
    section = re.search(r"its section `box_noise: \{(.*?)\}`", page(PAGE).text)
    assert section is not None
    namespace: dict[str, object] = {"__name__": "box_noise"}
    for code in page(PAGE).blocks("python")[:3]:
        exec(compile(code, PAGE, "exec"), namespace)  # noqa: S102 - our own page
    declared = {*LabelKeys.model_fields, *namespace["BoxNoiseParameters"].model_fields}
    assert set(re.findall(r"(\w+):", section[1])) <= declared
