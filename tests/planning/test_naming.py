"""Names and folders follow the documented scheme."""

from dataclasses import replace
from pathlib import Path

import pytest

from mkrefs.planning.naming import RunLayout, command_id, resolve_run_id
from mkrefs.planning.required_steps import parse_ssbsteps

ROLES = (("D1", "jw01_nrca1"), ("D2", "jw02_nrca1"))


def layout(subdir="test1", run_id="001", suffix="bla"):
    return RunLayout(Path("/out"), subdir, run_id, suffix, Path("/out/ssb"))


def test_individual_file_as_documented():
    cmd = command_id(ROLES)
    expected = f"/out/test1/001/readnoise/readnoise_test1_001.bla.{cmd}.readnoise.fits"
    assert str(layout().individual("readnoise", "readnoise", ROLES)) == expected


def test_parts_that_are_not_set_leave_no_trace():
    path = layout(subdir="", suffix="").individual("gain_a", "gain", ROLES)
    assert str(path) == f"/out/001/gain_a/gain_a_001.{command_id(ROLES)}.gain.fits"


MODE = (("INSTRUME", "NIRCAM"), ("DETECTOR", "NRCA1"), ("SUBARRAY", "SUB160"), ("READPATT", "RAPID"))


def test_final_file_names_detector_and_mode():
    (path,) = layout(subdir="", suffix="").finals("readnoise", "readnoise", [MODE])
    assert path.name == "readnoise_001.final_nrca1_sub160_rapid.readnoise.fits"


def test_modes_that_differ_in_what_names_do_not_hold_still_have_names_of_their_own():
    modes = [(*MODE, ("SUBSTRT1", corner), ("NFRAMES", 1)) for corner in (1, 17)]
    names = [path.name for path in layout(subdir="", suffix="").finals("readnoise", "readnoise", modes)]
    assert names == [
        "readnoise_001.final_nrca1_sub160_rapid_substrt1-1.readnoise.fits",
        "readnoise_001.final_nrca1_sub160_rapid_substrt1-17.readnoise.fits",
    ]


def test_command_id_depends_on_exposures_and_roles_alone():
    assert command_id(ROLES) == command_id(tuple(reversed(ROLES)))
    assert command_id(ROLES) != command_id((("D1", "jw02_nrca1"), ("D2", "jw01_nrca1")))


def test_products_of_a_range_have_the_pipelines_names():
    required = parse_ssbsteps("rate-", "NIRCAM")
    assert layout().product("jw1", required, {}) == Path("/out/ssb/jw1_rate.fits")


def test_products_of_other_recipes_are_kept_apart():
    listed, ranged = parse_ssbsteps("dq_init, refpix", "NIRCAM"), parse_ssbsteps("refpix-", "NIRCAM")
    paths = {
        layout().product("jw1", ranged, {}),
        layout().product("jw1", listed, {}),
        layout().product("jw1", ranged, {"superbias": "/b.fits"}),
    }
    assert len(paths) == 3
    assert {path.name for path in paths} == {"jw1_refpix.fits"}


def test_what_runs_make_with_their_own_files_never_meets_in_a_shared_folder():
    required = parse_ssbsteps("refpix-", "NIRCAM")
    own, pattern = (("superbias", "self"),), (("superbias", "1a2b3c4d"),)
    runs = [layout(run_id=number) for number in ("001", "002")]
    assert len({run.product("jw1", required, {}, own) for run in runs}) == 2
    assert len({run.product("jw1", required, {}, pattern) for run in runs}) == 1
    private = replace(runs[0], products=runs[0].folder / "ssb")
    assert private.product("jw1", required, {}, own) == private.products / "superbias-self/jw1_refpix.fits"
    moved = replace(runs[0], root=Path("/new"), products=Path("/new/ssb"))
    assert moved.product("jw1", required, {}, own).relative_to("/new") == runs[0].product(
        "jw1", required, {}, own
    ).relative_to("/out")


@pytest.mark.parametrize(
    ("existing", "setting", "new", "expected"),
    [
        ([], "AUTO", False, "001"),
        ([], "AUTO", True, "001"),
        (["001", "007"], "AUTO", False, "007"),
        (["001", "007"], "AUTO", True, "008"),
        (["0002"], "AUTO", False, "0002"),
        (["001"], 12, False, "012"),
        (["ssb", "x1"], "AUTO", False, "001"),
    ],
)
def test_run_id(tmp_path, existing, setting, new, expected):
    for name in existing:
        (tmp_path / name).mkdir()
    assert resolve_run_id(tmp_path, setting, 3, new=new) == expected


def test_number_of_digits():
    assert resolve_run_id(Path("/nowhere"), "AUTO", 5, new=False) == "00001"
