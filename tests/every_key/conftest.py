"""Two configurations that differ in one key, planned in this process, and runs that go on from one run."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml
from astropy.io import fits

from mkrefs.cli.main_job import RESERVED
from mkrefs.config import Overrides
from mkrefs.factory.prepare import prepare
from mkrefs.factory.settings import known_labels, read_config
from mkrefs.jobs.crds_state import CrdsState
from mkrefs.jobs.json_form import plan_to_json
from mkrefs.registry.plugins import load_plugins

LABEL = "toy_noise"
TOY = str(Path(__file__).parent.parent / "data" / "toy_plugin")


@pytest.fixture(scope="module")
def plugins():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(TOY)
        return load_plugins()


@pytest.fixture
def read(plugins, tmp_path):
    """Read the configuration of a file that holds ``output.outrootdir`` and the given keys."""

    def config(keys, requested=(LABEL,)):
        path = tmp_path / "main.yml"
        path.write_text(yaml.safe_dump(nested({"output.outrootdir": str(tmp_path / "out"), **keys})))
        arguments = (path, (), Overrides(), plugins)
        return SimpleNamespace(
            config=read_config(*arguments, reserved=RESERVED, requested=requested),
            words=known_labels(*arguments, RESERVED),
        )

    return config


@pytest.fixture
def planned(read, plugins, crds_cache, darks):
    """Plan under a configuration: the catalog, and the jobs by kind, as JSON."""

    def plan(keys, files=None):
        files = [str(path) for path in files or darks("small")[:4]]
        crds = CrdsState(str(crds_cache))
        prepared = prepare((LABEL,), files, read(keys).config, plugins, crds=crds)
        jobs: dict[str, list] = {}
        for job in plan_to_json(prepared.plan.jobs)["jobs"]:
            jobs.setdefault(job["kind"], []).append(job)
        return SimpleNamespace(jobs=jobs, prepared=prepared, catalog=prepared.catalog.table)

    return plan


@pytest.fixture
def pair(planned):
    """Plan twice, without and with one key; the other keys are those of both."""

    def both(key, value, *, files=None, **common):
        common = {name.replace("__", "."): each for name, each in common.items()}
        return planned(common, files), planned({**common, key: value}, files)

    return both


@pytest.fixture
def exposures(tmp_path, darks):
    """Give copies of darks, one for each set of keywords, under the names given."""

    def copies(**keywords):
        paths = []
        for path, (name, values) in zip(darks("small"), keywords.items(), strict=False):
            paths.append(Path(shutil.copy(path, tmp_path / f"{name}_uncal.fits")))
            with fits.open(paths[-1], mode="update") as hdus:
                hdus[0].header.update(values)
        return paths

    return copies


@pytest.fixture(scope="module")
def said_by(mkrefs, crds_cache):
    """Run the main job on two files into a folder, under the keys of section `output`; no page is drawn."""

    def run(folder, files, *words, **keys):
        path = folder.parent / f"{folder.name}.yml"
        path.write_text(yaml.safe_dump({"output": {"report": False, **keys}, LABEL: {"trouble": "warning"}}))
        command = ("--cfgfile", path, "--outrootdir", folder, "--nproc", 1, LABEL, *files, *words)
        return mkrefs(*command, crds=crds_cache, PYTHONPATH=TOY)

    return run


@pytest.fixture(scope="module")
def finished(make_once, said_by, darks):
    """A folder with two exposures, of which the pipeline warns, and the output of a run on them."""

    def make(folder):
        folder.mkdir()
        for path in darks("small")[:2]:
            shutil.copy(path, folder)
            fits.setval(folder / path.name, "PATTTYPE", value="NOSUCH")
        said_by(folder / "out", sorted(folder.glob("*_uncal.fits")))

    return make_once("every_key", make)


@pytest.fixture
def again(finished, said_by, tmp_path):
    """Go on from a copy of that run: give the folder, and what was said."""

    def run(*words, **keys):
        out = tmp_path / "out"
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(finished / "out", out)
        done = said_by(out, sorted(finished.glob("*_uncal.fits")), *words, **keys)
        return out / "001", done

    return run


def nested(keys):
    """Turn dotted keys into sections."""
    tree: dict[str, object] = {}
    for key, value in keys.items():
        *sections, last = key.split(".")
        branch = tree
        for section in sections:
            branch = branch.setdefault(section, {})
        branch[last] = value
    return tree
