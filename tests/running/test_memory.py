import typing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits
from toy_plan import METADATA, create_job, run, states, whole_plan

from mkrefs.jobs.calibrating import CalibrateJob, Product
from mkrefs.jobs.job import Job
from mkrefs.jobs.making import CombineJob
from mkrefs.jobs.trying import HeldBackExposure, VerifyJob
from mkrefs.running.learned_memory import LearnedMemory
from mkrefs.running.memory import WORKER, expected_memory
from mkrefs.running.ramp_size import RampSize, ramp_size
from mkrefs.running.settings import WORK

MB = 1_000_000
FULL = 2048 * 2048


def ramp_file(path: Path, shape: tuple[int, ...], dtype: type = np.uint16) -> str:
    """Write headers of a ramp without its pixels: only headers are looked at."""
    science = fits.ImageHDU(np.zeros((1, 1), dtype), name="SCI").header
    science["NAXIS"] = len(shape)
    for axis, length in enumerate(reversed(shape), start=1):
        science[f"NAXIS{axis}"] = length
    primary = fits.PrimaryHDU().header
    primary["LONG"] = ("a text / with a slash", "NAXIS = 7")
    path.write_bytes(primary.tostring().encode() + science.tostring().encode())
    return str(path)


def calibration(source: str, *steps: str, **overrides: str) -> CalibrateJob:
    return CalibrateJob("c", "e", source, steps, (Product(steps, "out.fits"),), overrides=overrides)


def test_the_size_of_a_ramp_is_read_from_its_headers(tmp_path: Path):
    raw = ramp_file(tmp_path / "raw.fits", (2, 5, 30, 40))
    assert ramp_size(raw) == RampSize(2 * 5 * 30 * 40, 30 * 40, 5)
    assert ramp_size(ramp_file(tmp_path / "image.fits", (30, 40), np.float32)) == RampSize(1200, 1200)


def test_what_is_no_fits_counts_by_its_bytes(tmp_path: Path):
    text = tmp_path / "text.fits"
    text.write_text("no FITS" * 1000)
    assert ramp_size(str(text)) == RampSize(3500)
    assert ramp_size(str(tmp_path / "none.fits")) == RampSize(0)


@pytest.mark.parametrize(
    ("shape", "steps", "measured"),
    [
        ((1, 10, 2048, 2048), ("group_scale", "dq_init", "saturation"), 716),
        ((1, 10, 2048, 2048), ("dq_init", "saturation", "superbias", "refpix", "jump"), 3000),
        ((1, 100, 640, 640), ("dq_init", "saturation", "superbias", "refpix", "linearity", "jump"), 1153),
        ((10, 10, 640, 640), ("dq_init", "saturation", "superbias", "refpix", "linearity", "jump"), 2586),
        ((5, 20, 640, 640), ("dq_init", "saturation", "superbias", "refpix", "linearity", "jump"), 1137),
    ],
)
def test_a_pass_of_the_pipeline_takes_what_was_measured(
    tmp_path: Path, shape: tuple[int, ...], steps: tuple[str, ...], measured: int
):
    job = calibration(ramp_file(tmp_path / "raw.fits", shape), *steps)
    assert measured * MB <= expected_memory(job) <= 1.41 * measured * MB


def test_the_dark_that_is_named_counts(tmp_path: Path):
    raw = ramp_file(tmp_path / "raw.fits", (1, 10, 64, 64))
    dark = tmp_path / "dark.fits"
    dark.write_bytes(bytes(10 * MB))
    without = expected_memory(calibration(raw, "dq_init", "dark_current"))
    named = expected_memory(calibration(raw, "dq_init", "dark_current", dark=str(dark)))
    assert without + 10 * MB < named < without + 20 * MB
    assert expected_memory(calibration(raw, "dq_init", dark=str(dark))) < without


def test_every_kind_of_job_has_an_estimate(tmp_path: Path):
    kinds = {kind.__name__ for kind in typing.get_args(Job)}
    assert kinds == set(WORK)
    jobs = [*whole_plan(tmp_path), create_job(tmp_path, "one")]
    assert all(expected_memory(job) >= WORKER for job in jobs)


def test_a_verification_has_one_exposure_at_a_time(tmp_path: Path):
    def verification(*lengths: int) -> VerifyJob:
        paths = [ramp_file(tmp_path / f"{length}.fits", (1, length, 100, 100)) for length in lengths]
        sources = tuple(HeldBackExposure(path, "D", path) for path in paths)
        steps = ("dq_init", "jump", "ramp_fit")
        return VerifyJob("v", "dark", "dark", "new", "", 0.2, sources, steps, (), output="v", text="t")

    assert expected_memory(verification(10, 30, 20)) == expected_memory(verification(30))
    assert expected_memory(verification(30)) > expected_memory(verification(20))


def test_a_creator_takes_maps_of_its_detector_and_a_dark_planes_too(tmp_path: Path):
    full = replace(METADATA, xsize=2048, ysize=2048, ngroups=100)
    job = replace(create_job(tmp_path, "one"), metadata=full)
    assert WORKER + 60 * FULL < expected_memory(replace(job, reftype="readnoise")) < WORKER + 200 * FULL
    assert expected_memory(replace(job, reftype="dark")) > WORKER + 800 * FULL
    assert expected_memory(replace(job, reftype="of_a_plugin")) > expected_memory(job)


def test_a_creator_of_images_has_them_all_in_memory(tmp_path: Path):
    job = create_job(tmp_path, "one")
    Path(job.inputs[0]).write_bytes(bytes(MB))
    assert expected_memory(replace(job, steps=("jump", "ramp_fit", "photom"))) > WORKER + 2 * MB


def test_a_combination_has_all_its_files_in_memory(tmp_path: Path):
    (final,) = (job for job in whole_plan(tmp_path) if isinstance(job, CombineJob))
    small = expected_memory(final)
    for path in final.individuals:
        Path(path).parent.mkdir(exist_ok=True)
        Path(path).write_bytes(bytes(MB))
    assert small + 4 * MB == expected_memory(final)
    assert expected_memory(replace(final, individuals=final.individuals[:1])) < expected_memory(final)


def test_estimates_are_raised_by_what_jobs_of_the_sort_took(tmp_path: Path):
    job, other = create_job(tmp_path, "one"), create_job(tmp_path, "two")
    another = replace(job, label="other")
    sizes = LearnedMemory(lambda each: 100 if each.id == "one" else 200)
    sizes.learn(job, 90)
    assert sizes.expected(job) == 100
    sizes.learn(job, 200)
    assert (sizes.expected(job), sizes.expected(other), sizes.expected(another)) == (210, 420, 100)
    sizes.learn(other, 300)
    assert sizes.expected(job) == 210


def test_a_job_that_is_too_large_is_told_of_once_and_tried(tmp_path: Path):
    class Listener:
        def __init__(self) -> None:
            self.told: list[str] = []

        def message(self, level: int, text: str) -> None:
            self.told.append(text)

        def __getattr__(self, name: str) -> typing.Any:
            return lambda *words: None

    observer = Listener()
    jobs = [create_job(tmp_path, "one"), create_job(tmp_path, "two"), create_job(tmp_path, "three")]
    result = run(jobs, observer, memory_of=lambda job: 10**15, memory_limit=500 * 10**9)
    assert set(states(result).values()) == {"made"}
    (told,) = (text for text in observer.told if "expected to take" in text)
    # What this process has itself is taken off the limit.
    assert told.startswith("one: it is expected to take 1000000.0 GB of memory, and jobs may take 49")
    assert told.endswith("with nothing beside it")
