"""``mkrefs simulate --mosaic``: what is written, and what is refused."""

import numpy as np
import pytest
from click.testing import CliRunner

from mkrefs.cli.simulate_command import simulate
from mkrefs.errors import UserError


def test_a_mosaic_is_written_and_its_files_are_told(tmp_path):
    words = ["--mosaic", "--tiles", "2", "1", "--size", "32", "--set", "level=0.2", "--seed", "3"]
    done = CliRunner().invoke(
        simulate, [str(tmp_path), *words, "--product", "rate", "--detector", "nrcblong"]
    )
    assert done.exit_code == 0
    files = [line.rpartition(": ")[2] for line in done.stdout.splitlines()]
    assert files == [
        str(tmp_path / name)
        for name in (
            "jw01062001001_02101_00001_nrcblong_rate.fits",
            "jw01062001002_02101_00001_nrcblong_rate.fits",
            "truth.npz",
            "references/flat_nrcblong.fits",
        )
    ]
    with np.load(tmp_path / "truth.npz") as truth:
        levels = [float(truth[name]) for name in truth.files if name.endswith("|level")]
    assert sorted(levels) == pytest.approx([-0.2, 0.2])


def test_the_reference_files_of_a_mosaic_are_written_too(tmp_path):
    words = ["--mosaic", "--tiles", "1", "1", "--size", "32", "--detector", "NIS", "--references"]
    done = CliRunner().invoke(simulate, [str(tmp_path), *words])
    told = dict(line.split(": ") for line in done.stdout.splitlines() if line.startswith("reference "))
    folder = tmp_path / "references"
    assert told == {
        "reference flat": str(folder / "flat_nis.fits"),
        "reference area": str(folder / "area_nis.fits"),
        "reference photom": str(folder / "photom_nis.fits"),
        "reference distortion": str(folder / "distortion_nis.asdf"),
        "reference filteroffset": str(folder / "filteroffset_nis.asdf"),
    }
    assert set(map(str, folder.iterdir())) == set(told.values())


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--mosaic", "--darks", "3"], "--darks does not go with --mosaic"),
        (["--size", "64"], "--size goes with --mosaic only"),
    ],
)
def test_options_of_ramps_and_of_mosaics_do_not_mix(words, told, tmp_path):
    done = CliRunner().invoke(simulate, [str(tmp_path), *words])
    assert done.exit_code == 2
    assert told in done.stderr


@pytest.mark.parametrize(
    ("setting", "told"), [("levle=1", "choose one of overlap, "), ("level=much", "has no number")]
)
def test_a_setting_must_be_a_known_number(setting, told, tmp_path):
    words = [str(tmp_path), "--mosaic", "--size", "32", "--set", setting]
    with pytest.raises(UserError, match=told):
        CliRunner().invoke(simulate, words, catch_exceptions=False)
    assert list(tmp_path.iterdir()) == []
