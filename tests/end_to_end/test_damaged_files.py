"""Files that are cut short or cannot be read after the plan was made: one sentence each, no traceback."""

import gzip
import shutil
from pathlib import Path

import pytest

from mkrefs.config import Overrides
from mkrefs.factory.execute import RunOptions, execute
from mkrefs.factory.execution import execution_of
from mkrefs.factory.prepare import prepare
from mkrefs.factory.settings import read_config
from mkrefs.jobs.crds_state import CrdsState
from mkrefs.jobs.outcome import State
from mkrefs.registry.plugins import load_plugins
from mkrefs.running.observer import LogLines

pytestmark = pytest.mark.pipeline

#: A file that is there and cannot be read: its first page is never mapped.
UNREADABLE = "/proc/self/mem"


def test_each_damaged_file_fails_its_exposure_with_a_sentence(tmp_path, darks, main_config, crds_cache):
    crds = Path(shutil.copytree(crds_cache, tmp_path / "crds"))
    exposures = [Path(shutil.copy(path, tmp_path)) for path in (*darks("small")[:4], darks("fgs")[0])]
    packed = exposures[2].with_name(f"{exposures[2].name}.gz")
    packed.write_bytes(gzip.compress(exposures[2].read_bytes()))
    exposures[2].unlink()
    section = (
        ("output", "outrootdir", str(tmp_path / "out")),
        ("inputfiles", "basenamepattern", "(.*)_uncal.fits(.gz)?$"),
        ("batch", "nproc", "1"),
    )
    plugins = load_plugins()
    config = read_config(
        main_config, (), Overrides(section=section), plugins, reserved=(), requested=["readnoise"]
    )
    files = [str(tmp_path / "*_uncal.fits*")]
    prepared = prepare(["readnoise"], files, config, plugins, crds=CrdsState(path=str(crds)))
    assert sum(job.id.startswith("calibrate") for job in prepared.plan.jobs) == 5

    exposures[0].write_bytes(exposures[0].read_bytes()[:40_000])
    exposures[1].unlink()
    exposures[1].symlink_to(UNREADABLE)
    packed.write_bytes(packed.read_bytes()[:-500])
    (reference,) = crds.rglob("jwst_fgs_superbias_*.fits")
    whole = reference.read_bytes()
    reference.unlink()  # it may be a link to what all tests share
    reference.write_bytes(whole[:20_000])

    said: list[str] = []
    result = execute(prepared.plan, RunOptions(), LogLines(said.append), execution_of(config))
    failed = [outcome.reason for outcome in result.outcomes if outcome.state is State.FAILED]
    names = [path.name for path in exposures]
    cut = "restore the file and run again"
    for reason, (who, what) in zip(
        failed,
        (
            (
                names[4].removesuffix("_uncal.fits"),
                f"a reference file of the CRDS cache is damaged: {reference}: ",
            ),
            (names[0], f"truncated: its headers announce 60672 bytes, it has 40000; {cut}"),
            (
                names[1],
                "cannot be read: Input/output error; its disk or the network failed: see to that, and",
            ),
            (
                packed.name,
                "truncated: it cannot be unpacked to its end (Compressed file ended before the end",
            ),
        ),
        strict=True,
    ):
        assert reason.removeprefix(f"{tmp_path}/").startswith(f"{who}: {what}")
    assert not any(outcome.traceback for outcome in result.outcomes)
    assert [outcome.job for outcome in result.outcomes if outcome.state is State.MADE] == [
        f"calibrate-5-{names[3].removesuffix('_uncal.fits')}"
    ]
    assert len([line for line in said if "] failed" in line]) == 4
