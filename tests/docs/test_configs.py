"""The example configurations load, and those for installed labels plan."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from mkrefs.cli.main_job import RESERVED
from mkrefs.config import Overrides
from mkrefs.factory.prepare import prepare
from mkrefs.factory.settings import read_config
from mkrefs.jobs.crds_state import CrdsState
from mkrefs.registry.plugins import load_plugins
from mkrefs.testing import (
    DetectorTruth,
    ExposureSpec,
    MosaicSpec,
    simulate_exposure,
    simulate_mosaic,
    write_mosaic,
)

CONFIGS = sorted((Path(__file__).parents[2] / "configs").glob("*.yml"))
#: Of labels that are not installed, and of labels that need flats or images.
_OTHERS = ("documented-example", "imaging-chain", "nircam-detector-set")


def read(path: Path, *labels: str, outrootdir: Path | None = None):
    section = () if outrootdir is None else (("output", "outrootdir", str(outrootdir)),)
    return read_config(
        path, (), Overrides(section=section), load_plugins(), reserved=RESERVED, requested=labels
    )


@pytest.fixture(scope="module")
def darks(tmp_path_factory) -> list[str]:
    """Three small darks, three days apart."""
    folder = tmp_path_factory.mktemp("darks")
    truth = DetectorTruth("NRCB1", "SUB64P")
    start = datetime(2024, 3, 1, 12, tzinfo=UTC)
    specs = [
        ExposureSpec(ngroups=2, observation=number, start=start + timedelta(days=3 * number))
        for number in range(1, 4)
    ]
    return [str(simulate_exposure(truth, spec, folder)) for spec in specs]


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_every_example_loads_without_a_warning(path, monkeypatch, tmp_path):
    monkeypatch.setenv("JWST_MKREFS_OUTDIR", str(tmp_path))
    assert read(path).warnings == ()


def test_the_documented_example_keeps_what_is_not_installed(monkeypatch, tmp_path):
    monkeypatch.setenv("JWST_MKREFS_OUTDIR", str(tmp_path))
    config = read(CONFIGS[0].with_name("documented-example.yml"))
    assert config.user_parameters["test1"] == 4
    assert {"example_readnoise_module", "gain_armin", "gain_bryan"} <= set(config.sections)
    assert config.output.outrootdir == str(tmp_path)


@pytest.mark.parametrize(
    "path", [path for path in CONFIGS if path.stem not in _OTHERS], ids=lambda path: path.stem
)
def test_every_complete_example_plans(path, darks, tmp_path):
    labels = read(path).reflabels
    config = read(path, *labels, outrootdir=tmp_path / "out")
    plan = prepare(labels, darks, config, load_plugins(), crds=CrdsState()).plan
    assert len(plan.calibrations) == 3
    assert [len(each.sets) for each in plan.labels] == [2]
    assert (len(plan.individuals), len(plan.finals), len(plan.certifications)) == (2, 1, 3)
    assert not (tmp_path / "out").exists()


def test_the_detector_set_plans_five_files_with_the_new_superbias_for_all_others(darks, tmp_path):
    truth = DetectorTruth("NRCB1", "SUB64P")
    start = datetime(2024, 3, 2, 12, tzinfo=UTC)
    flats = [
        simulate_exposure(
            truth,
            ExposureSpec(
                exp_type="NRC_LED",
                ngroups=2,
                observation=number,
                start=start + timedelta(hours=number),
                flux=100,
            ),
            tmp_path,
        )
        for number in (11, 12)
    ]
    config = read(CONFIGS[0].with_name("nircam-detector-set.yml"), outrootdir=tmp_path / "out")
    exposures = [*darks, *map(str, flats)]
    plan = prepare(config.reflabels, exposures, config, load_plugins(), crds=CrdsState()).plan
    assert {each.label: len(each.sets) for each in plan.labels} == dict.fromkeys(config.reflabels, 1)
    assert len(plan.finals) == 5
    waiting = {job.selected for job in plan.calibrations}
    assert waiting == {(), ("superbias",), ("dark", "superbias")}


def test_the_imaging_chain_plans_each_correction_after_the_one_before(tmp_path):
    mosaic = simulate_mosaic(MosaicSpec(tiles=(1, 1), dithers=5, shape=(16, 16), stars=0, dither_size=2))
    images = [str(path) for path in write_mosaic(mosaic, tmp_path / "cal")]
    config = read(CONFIGS[0].with_name("imaging-chain.yml"), outrootdir=tmp_path / "out")
    plan = prepare(config.reflabels, images, config, load_plugins(), crds=CrdsState()).plan
    jobs = {job.label: job for job in plan.corrections}
    assert [len(job.images) for job in jobs.values()] == [5, 5, 5]
    (flat,) = plan.individuals
    chain = [*(jobs[label] for label in config.reflabels[:-1]), flat]
    for one, after in pairwise(chain):
        assert one.id in after.needs
    assert len(plan.finals) == 1
