"""Code on the pages works: Python runs, YAML loads, the options of commands exist, plugins register."""

import os
import re
import shlex
import subprocess
import sys
import tomllib

import click
import numpy as np
import pytest

from mkrefs.cli.main import cli
from mkrefs.cli.main_job import RESERVED
from mkrefs.config import Overrides
from mkrefs.factory.settings import read_config
from mkrefs.registry.plugins import load_plugins
from mkrefs.testing import (
    ArrayImages,
    ArrayRamp,
    DetectorTruth,
    ExposureSpec,
    exposure_metadata,
    make_reference_files,
)

PLUGINS = "docs/reference/plugins.md"
#: Pages whose Python blocks run one after the other in one namespace.
RUNNABLE = (
    "docs/reference/plugins.md",
    "docs/reference/simulator.md",
    "docs/reference/catalog.md",
    "docs/reference/progress.md",
    "docs/reference/readnoise.md",
    "docs/reference/superbias.md",
    "docs/reference/dark.md",
    "docs/reference/gain.md",
    "docs/reference/badpix_from_darks.md",
    "docs/reference/badpix_from_flats.md",
    "docs/reference/multi_tile_destripe.md",
    "docs/reference/stacks.md",
    "docs/how-to/private-context.md",
    "docs/how-to/migrate.md",
)


def run_blocks(page, namespace: dict[str, object], *, replaced: dict[str, str]) -> None:
    for code in page.blocks("python"):
        for old, new in replaced.items():
            assert old in page.text
            code = code.replace(old, new)
        exec(compile(code, str(page.path), "exec"), namespace)  # noqa: S102 - our own pages


def test_no_page_with_python_is_forgotten(pages, page):
    assert {each.path for each in pages if each.blocks("python")} == {page(name).path for name in RUNNABLE}


def test_the_destriping_page_runs(page):
    namespace: dict[str, object] = {}
    run_blocks(page("docs/reference/multi_tile_destripe.md"), namespace, replaced={})
    assert len(namespace["found"].tiles) == 3


def test_the_page_on_stacks_runs(page):
    namespace: dict[str, object] = {}
    run_blocks(page("docs/reference/stacks.md"), namespace, replaced={})
    assert namespace["found"].count.sum() == 20 * 64 * 64 - 3


def test_the_plugin_page_runs(page):
    namespace: dict[str, object] = {"__name__": "first_group"}
    run_blocks(page(PLUGINS), namespace, replaced={})
    assert "found" in namespace


def test_the_simulator_page_runs(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    small = {'"NRCA1", "SUB160"': '"NRCB1", "SUB64P"', "range(1, 6)": "range(1, 3)"}
    namespace: dict[str, object] = {}
    run_blocks(page("docs/reference/simulator.md"), namespace, replaced=small)
    assert len(list(tmp_path.glob("data/*_uncal.fits"))) == 2
    assert "mask" in namespace["references"]


def test_the_catalog_page_runs(page, tmp_path):
    namespace: dict[str, object] = {}
    run_blocks(page("docs/reference/catalog.md"), namespace, replaced={"/data/": f"{tmp_path}/"})
    assert list(namespace["catalog"].skipped)


def test_the_readnoise_page_runs(page):
    rng = np.random.default_rng(1)
    ramps = [rng.normal(0, 5, (1, 8, 6, 6)).astype(np.float32) for _ in range(3)]
    namespace: dict[str, object] = {"ramps": ramps, "group_dq": None}
    run_blocks(page("docs/reference/readnoise.md"), namespace, replaced={})
    assert np.median(namespace["found"].noise) == pytest.approx(5 * 2**0.5, rel=0.2)


def test_the_superbias_page_runs(page):
    rng = np.random.default_rng(1)
    namespace: dict[str, object] = {"ramps": [rng.normal(12000, 5, (9, 2, 6, 6))], "group_dq": None}
    run_blocks(page("docs/reference/superbias.md"), namespace, replaced={})
    assert np.median(namespace["found"].mean) == pytest.approx(12000, abs=2)


def test_the_dark_page_runs(page):
    rng = np.random.default_rng(1)
    ramps = [3.0 * np.arange(9)[:, None, None] + rng.normal(0, 5, (2, 9, 6, 6)) for _ in range(4)]
    namespace: dict[str, object] = {"ramps": ramps, "group_dq": None}
    run_blocks(page("docs/reference/dark.md"), namespace, replaced={})
    assert np.median(namespace["found"].rate) == pytest.approx(3, abs=0.3)


def test_the_gain_page_runs(page):
    rng = np.random.default_rng(1)
    flats = [np.cumsum(rng.poisson(3000.0, (1, 8, 48, 48)), axis=1) / 2 for _ in range(2)]
    darks = [rng.normal(0, 5, (1, 8, 48, 48)) for _ in range(2)]
    namespace: dict[str, object] = {"flats": flats, "darks": darks}
    run_blocks(page("docs/reference/gain.md"), namespace, replaced={})
    assert np.median(namespace["found"].gain) == pytest.approx(2, rel=0.15)


def test_the_page_on_bad_pixels_from_darks_runs(page):
    rng = np.random.default_rng(1)
    ramps = [np.round(rng.normal(0, 6, (1, 10, 48, 48))) for _ in range(8)]
    for number, ramp in enumerate(ramps):
        ramp[0, :, 30, 40] += 90 * np.roll([0, 0, 1, 1, 0, 0, 0, 1, 0, 0], number)
    namespace: dict[str, object] = {"ramps": ramps, "group_dq": None}
    run_blocks(page("docs/reference/badpix_from_darks.md"), namespace, replaced={})
    assert np.argwhere(namespace["found"].classes["telegraph"]).tolist() == [[30, 40]]


def test_the_page_on_bad_pixels_from_flats_runs(page):
    rng = np.random.default_rng(1)
    slopes = rng.normal(1000, 10, (3, 1, 64, 64))
    slopes[:, :, 30, 40] = 0
    arrays = {"ERR": np.full((1, 64, 64), 10.0), "DQ": np.zeros((1, 64, 64), np.uint32)}
    metadata = exposure_metadata(DetectorTruth("NRCB1", "SUB64P"), ExposureSpec())
    ramps = [
        ArrayRamp(
            np.zeros((1, 2, 64, 64)), metadata, images={"rateints": ArrayImages({"SCI": sci, **arrays})}
        )
        for sci in slopes
    ]
    namespace: dict[str, object] = {"ramps": ramps, "reference": np.zeros((64, 64), dtype=bool)}
    run_blocks(page("docs/reference/badpix_from_flats.md"), namespace, replaced={})
    assert np.argwhere(namespace["found"].classes["DEAD"]).tolist() == [[30, 40]]


def test_the_page_on_private_contexts_runs(page, tmp_path, monkeypatch, capsys):
    made = make_reference_files(DetectorTruth("NRCB1", "SUB64P"), tmp_path, types=("readnoise", "mask"))
    for reftype, path in made.items():
        path.rename(tmp_path / f"{reftype}.fits")
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, object] = {}
    replaced = {"/data/crds_jwst_1400": str(tmp_path / "crds-team")}
    run_blocks(page("docs/how-to/private-context.md"), namespace, replaced=replaced)
    assert namespace["report"].errors == ()
    assert "READNOISE" in capsys.readouterr().out


def test_the_plugin_of_the_migration_page_runs(page):
    namespace: dict[str, object] = {"__name__": "box_noise"}
    run_blocks(page("docs/how-to/migrate.md"), namespace, replaced={})
    assert namespace["found"].shape == (64, 64)


def test_the_first_plugin_has_twelve_lines(page):
    code = page(PLUGINS).blocks("python")[0]
    assert len([line for line in code.splitlines() if line.strip()]) == 12


def test_the_first_plugin_is_found_by_its_entry_point(page, tmp_path):
    project = tomllib.loads(page(PLUGINS).blocks("toml")[0])["project"]
    (tmp_path / "first_group.py").write_text(page(PLUGINS).blocks("python")[0])
    info = tmp_path / f"first_group-{project['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    points = project["entry-points"]["mkrefs"].items()
    (info / "entry_points.txt").write_text(
        "[mkrefs]\n" + "".join(f"{name} = {value}\n" for name, value in points)
    )
    code = "import sys; from mkrefs.cli.main import main; sys.argv[1:] = ['plugins']; main()"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"({project['name']} {project['version']})" in done.stdout
    assert "label first_group: makes superbias from D+" in done.stdout


def test_yaml_blocks_load(pages, tmp_path):
    plugins = load_plugins()
    loaded = 0
    for page in pages:
        for block in page.blocks("yaml"):
            if block.startswith("# A file with mistakes"):  # shown for its mistakes
                continue
            path = tmp_path / "main.yml"
            path.write_text(block, encoding="utf-8")
            config = read_config(path, (), Overrides(), plugins, reserved=RESERVED, requested=("readnoise",))
            assert config.warnings == ()
            loaded += 1
    assert loaded >= 2


def commands_of(group: click.Group) -> list[click.Command]:
    commands: list[click.Command] = [group]
    for command in group.commands.values():
        commands += commands_of(command) if isinstance(command, click.Group) else [command]
    return commands


def test_options_of_commands_on_the_pages_exist(pages):
    known = {name for command in commands_of(cli) for param in command.params for name in param.opts}
    known |= {"-vv", "-vvv", "-h", "--help"}
    lines = [
        (page.path.name, line.removeprefix("$ "))
        for page in pages
        for block in page.blocks("console")
        for line in block.splitlines()
        if line.startswith("$ mkrefs")
    ]
    assert len(lines) > 10
    unknown = [
        f"{name}: {line}"
        for name, line in lines
        for word in shlex.split(line)
        if word.startswith("-") and word not in known and not re.match(r"--\w+\.\w+$", word)
    ]
    assert unknown == []
