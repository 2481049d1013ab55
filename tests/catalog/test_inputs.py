import os
import subprocess
import sys
from pathlib import Path

import pytest

from mkrefs.catalog import expand_inputs
from mkrefs.errors import UserError


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name in (
        "LIN-5_uncal.fits",
        "LIN-6_uncal.fits",
        "LIN-9_uncal.fits",
        "x[5]_uncal.fits",
        "sub/z_uncal.fits",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("LIN-[56]*uncal.fits", ["LIN-5_uncal.fits", "LIN-6_uncal.fits"]),
        ("LIN-?_uncal.fits", ["LIN-5_uncal.fits", "LIN-6_uncal.fits", "LIN-9_uncal.fits"]),
        ("x[5]_uncal.fits", ["x[5]_uncal.fits"]),
        ("**/z*.fits", ["sub/z_uncal.fits"]),
        ("nothing*.fits", ["nothing*.fits"]),
        ("absent.fits", ["absent.fits"]),
        ("~nobody_at_all/*.fits", ["~nobody_at_all/*.fits"]),
    ],
)
def test_patterns(folder, pattern, expected):
    assert expand_inputs([pattern]) == expected


def test_home_and_order(folder):
    found = expand_inputs(["LIN-9_uncal.fits", "~/LIN-[56]*"])
    assert found == ["LIN-9_uncal.fits", f"{folder}/LIN-5_uncal.fits", f"{folder}/LIN-6_uncal.fits"]


def test_imports_are_light():
    code = "import sys, mkrefs.catalog, mkrefs.grouping; print({'pandas', 'astropy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout == "set()\n"


def test_a_name_that_is_not_utf8_is_refused_in_a_sentence(tmp_path):
    path = os.fsdecode(os.fsencode(tmp_path) + b"/dark\xff.fits")
    Path(path).touch()
    with pytest.raises(UserError, match=r"dark\\xff\.fits: the name of this file is not UTF-8"):
        expand_inputs([str(tmp_path / "*.fits")])
