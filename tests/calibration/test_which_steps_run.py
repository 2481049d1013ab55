"""What the command plans and runs for exposures that have been through some steps already."""

import shutil
from pathlib import Path

import pytest
from astropy.io import fits

TOY = str(Path(__file__).parent.parent / "data" / "toy_plugin")


@pytest.fixture
def staged(darks, tmp_path):
    """Give, by name, headers of one exposure in several states: the steps named are marked as done."""

    def make(**states):
        paths = []
        for suffix, keywords in states.items():
            source = darks("small")[0]
            paths.append(tmp_path / f"{source.name.removesuffix('_uncal.fits')}_{suffix}.fits")
            shutil.copy(source, paths[-1])
            with fits.open(paths[-1], mode="update") as hdus:
                hdus[0].header.update(dict.fromkeys(keywords, "COMPLETE"))
        return paths

    return make


@pytest.fixture
def runs(mkrefs, tmp_path):
    """Give the pipeline runs and the left-outs of the plan for some files."""

    def of(label, *files, **settings):
        report = mkrefs("plan", "--outrootdir", tmp_path / "out", label, *files, **settings).stdout
        planned = report.partition("Pipeline runs: ")[2].partition("\n\n")[0].splitlines()[1:]
        left_out = [
            line for line in report.splitlines() if f"{label}: left out" in line or "  left out" in line
        ]
        pairs = [line.strip().split(".fits: ") for line in planned]
        return {source.rpartition("_")[2]: steps for source, steps in pairs}, left_out

    return of


def test_only_the_missing_steps_run(staged, runs):
    (path,) = staged(saturation=("S_DQINIT", "S_SATURA"))
    assert runs("readnoise", path) == ({"saturation": "superbias, refpix"}, [])


def test_a_finished_product_is_used_as_it_is(staged, runs):
    (path,) = staged(refpix=("S_DQINIT", "S_SATURA", "S_SUPERB", "S_REFPIX"))
    assert runs("readnoise", path) == ({}, [])


def test_of_several_products_the_furthest_that_fits_is_used(staged, runs):
    paths = staged(
        uncal=(), saturation=("S_DQINIT", "S_SATURA"), linearity=("S_DQINIT", "S_SATURA", "S_LINEAR")
    )
    assert runs("readnoise", *paths) == ({"saturation": "superbias, refpix"}, [])


def test_a_product_that_is_too_far_is_replaced_by_the_raw_exposure_beside_it(staged, runs):
    _, path = staged(uncal=(), refpix=("S_DQINIT", "S_SATURA", "S_SUPERB", "S_REFPIX"))
    assert runs("toy_noise", path, "--pp", "toy_noise", "imtypes", "D", PYTHONPATH=TOY) == (
        {"uncal": "dq_init, saturation"},
        [],
    )


def test_a_product_that_is_too_far_is_refused_with_the_reason(staged, runs):
    (path,) = staged(refpix=("S_DQINIT", "S_SATURA", "S_SUPERB", "S_REFPIX"))
    planned, left_out = runs("toy_noise", path, "--pp", "toy_noise", "imtypes", "D", PYTHONPATH=TOY)
    assert planned == {}
    assert len(left_out) == 1
    assert "superbias, refpix already done, which ssbsteps does not ask for" in left_out[0]


def test_a_step_that_was_passed_over_cannot_be_made_up_for(staged, runs):
    (path,) = staged(refpix=("S_DQINIT", "S_SATURA", "S_REFPIX"))
    planned, left_out = runs("readnoise", path)
    assert planned == {}
    assert "superbias missing although refpix is done" in left_out[0]


def test_a_scaling_that_was_not_needed_is_not_missing(staged, runs):
    (path,) = staged(saturation=("S_DQINIT", "S_SATURA"))
    with fits.open(path, mode="update") as hdus:
        hdus[0].header["S_GRPSCL"] = "SKIPPED"
    words = ("--pp", "readnoise", "ssbsteps", "group_scale, dq_init, saturation, refpix")
    assert runs("readnoise", path, *words) == ({"saturation": "refpix"}, [])


def test_miri_has_an_order_of_its_own(darks, runs):
    words = ("--pp", "readnoise", "ssbsteps")
    planned, _ = runs("readnoise", *darks("miri"), *words, "refpix, dq_init, dark, reset")
    assert set(planned.values()) == {"dq_init, reset, dark_current, refpix"}
    planned, _ = runs("readnoise", *darks("small"), *words, "refpix, dq_init, dark, superbias")
    assert set(planned.values()) == {"dq_init, superbias, refpix, dark_current"}


@pytest.mark.pipeline
def test_miri_darks_become_a_certified_file(darks, crds_cache, mkrefs, tmp_path):
    done = mkrefs("--outrootdir", tmp_path, "--nproc", 1, "readnoise", *darks("miri")[:2], crds=crds_cache)
    assert "made   0 errors" in done.stdout
    product = next(tmp_path.rglob("*_linearity.fits"))
    header = fits.getheader(product)
    steps = ("S_DQINIT", "S_SATURA", "S_LASTFR", "S_RESET", "S_LINEAR")
    assert [header.get(keyword) for keyword in steps] == ["COMPLETE"] * 5
    assert not {"S_SUPERB", "S_DARK", "S_REFPIX"} & set(header)
