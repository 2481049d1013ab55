"""Which final files of a run are layered over the context for which exposures."""

import importlib.util
import shutil
from pathlib import Path

import pytest
from astropy.io import fits

from mkrefs.config import Overrides
from mkrefs.factory.prepare import prepare
from mkrefs.factory.settings import read_config
from mkrefs.jobs.crds_state import CrdsState
from mkrefs.registry.plugins import load_plugins

CHAIN = Path(__file__).parent.parent / "data/chain_plugin/mkrefs_chain.py"
LABELS = ("toy_superbias", "toy_dark", "readnoise")


@pytest.fixture(scope="module")
def plugins():
    spec = importlib.util.spec_from_file_location("mkrefs_chain", CHAIN)
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return load_plugins([("mkrefs_chain", loaded)])


@pytest.fixture
def selections(tmp_path, plugins, darks):
    """Plan the chain for darks whose headers are changed one by one; give the selections."""

    def plan(*changes):
        files = []
        for number, (path, values) in enumerate(zip(darks("small"), changes, strict=False)):
            files.append(Path(shutil.copy(path, tmp_path / f"{number}_uncal.fits")))
            with fits.open(files[-1], mode="update") as hdus:
                hdus[0].header.update(values)
        path = tmp_path / "main.yml"
        path.write_text(
            f"output: {{outrootdir: {tmp_path}}}\nreffile4ssb: {{superbias: SELF, dark: SELF}}\n"
            "readnoise: {ssbsteps: dark-}\n"
        )
        config = read_config(path, (), Overrides(), plugins, reserved=(), requested=LABELS)
        prepared = prepare(LABELS, [str(file) for file in files], config, plugins, crds=CrdsState())
        return {job.id.removeprefix("select-"): job for job in prepared.plan.selections}

    return plan


def names(job):
    return sorted(Path(file).name.partition(".final_")[2] for file in job.files)


def test_a_detector_waits_for_its_own_files_alone(selections):
    found = selections({}, {}, {"DETECTOR": "NRCB2"}, {"DETECTOR": "NRCB2"})
    assert len(found) == 4
    for kind, job in found.items():
        detector = kind.partition("-")[0]
        assert all(name.startswith(detector) for name in names(job))
        assert len(job.needs) == len(job.reftypes)


def test_files_that_crds_cannot_tell_apart_serve_their_own_read_pattern(selections):
    bright = {"READPATT": "BRIGHT1", "GROUPGAP": 1}
    found = selections({}, {}, bright, bright)
    both = {kind: names(job) for kind, job in found.items() if "dark-self" in kind}
    assert len(both) == 2
    for kind, files in both.items():
        pattern = kind.partition("+")[0].rpartition("-")[2]
        # CRDS keeps NIRCam's superbiases apart by READPATT, its darks not.
        assert [name for name in files if "superbias" in name] == [
            "nrcb1_sub64p_bright1.superbias.fits",
            "nrcb1_sub64p_rapid.superbias.fits",
        ]
        assert [pattern in name for name in files if name.endswith(".dark.fits")] == [True]
