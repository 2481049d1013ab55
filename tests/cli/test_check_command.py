"""``mkrefs check``: verdicts, tables, JSON, exit statuses; never a traceback."""

import json
import os
import shutil
import subprocess

import numpy as np
import pytest
from astropy.io import fits
from click.testing import CliRunner

from mkrefs.cli.main import cli
from mkrefs.testing import DetectorTruth, make_reference_files


@pytest.fixture(scope="module")
def folder(make_once):
    """A good read noise, and a gain of 20; shared: read only."""

    def make(folder):
        made = make_reference_files(
            DetectorTruth("NRCB1", "SUB64P"), folder, types=("readnoise", "gain", "mask")
        )
        with fits.open(made["gain"], mode="update") as hdus:
            hdus["SCI"].data[:] = 20

    return make_once("check_command", make)


@pytest.fixture
def check(folder, monkeypatch):
    """Run the command in this process in the folder of the files."""
    monkeypatch.chdir(folder)

    def run(*words, status=0):
        done = CliRunner().invoke(cli, ["check", *map(str, words)])
        assert done.exit_code == status, done.output
        return done.stdout

    return run


def test_a_good_file_passes(check):
    assert check("nrcb1_sub64p_readnoise.fits").splitlines() == [
        "nrcb1_sub64p_readnoise.fits (readnoise NIRCAM NRCB1 SUB64P): passed",
        "1 file checked: 1 passed",
    ]


def test_a_bad_file_fails_with_a_table(check):
    lines = check("nrcb1_sub64p_gain.fits", status=1).splitlines()
    assert lines[0] == "nrcb1_sub64p_gain.fits (gain NIRCAM NRCB1 SUB64P): failed: 1 error"
    assert lines[1].split() == ["severity", "check", "found", "where", "right"]
    assert lines[2].split()[:2] == ["error", "range"]
    assert lines[-1] == "1 file checked: 1 failed"


def test_warnings_alone_pass(check):
    said = check("nrcb1_sub64p_mask.fits")
    assert "passed: 1 warning" in said
    assert "flagged HOT but not DO_NOT_USE" in said


def test_patterns_and_files_that_cannot_be_read(check, tmp_path):
    bad = tmp_path / "text.fits"
    bad.write_text("no FITS")
    said = check("*.fits", bad, status=1)
    assert f"{bad}: failed: 1 error" in said
    assert said.splitlines()[-1] == "4 files checked: 2 passed, 2 failed"


def test_json_is_complete(check):
    files = json.loads(check("--json", "*.fits", status=1))["files"]
    assert [each["passed"] for each in files] == [False, True, True]
    assert files[0]["findings"][0]["check"] == "range"
    assert files[0]["limits"]["range"]["median_high"]["value"] == 4


def test_limits_come_from_the_configuration_and_the_command_line(check, tmp_path):
    path = tmp_path / "main.yml"
    path.write_text("checks: {gain: {range: {severity: warning}}}\n")
    assert "passed: 1 warning" in check("-c", path, "nrcb1_sub64p_gain.fits")
    words = ("-p", "checks.gain.range.median_high", 30, "-p", "checks.gain.range.high", 30)
    assert "passed: 1 warning" in check(*words, "nrcb1_sub64p_gain.fits")


def test_exposures_tell_what_a_file_must_be_for(check, folder, tmp_path):
    path = tmp_path / "noise.fits"
    shutil.copy(folder / "nrcb1_sub64p_readnoise.fits", path)
    fits.setval(path, "READPATT", value="DEEP8")
    for detector, pattern in (("NRCB1", "RAPID"), ("NRCA1", "DEEP8")):
        header = fits.Header({"INSTRUME": "NIRCAM", "DETECTOR": detector, "READPATT": pattern})
        fits.PrimaryHDU(np.zeros((2, 2)), header).writeto(tmp_path / f"{detector}_uncal.fits")
    check(path)
    said = check("--exposures", tmp_path / "*_uncal.fits", path, status=1)
    assert "READPATT is DEEP8, the exposures were read with RAPID" in said


@pytest.fixture
def shell(folder, mkrefs_command):
    """Run the installed command in the folder of the files, 80 columns wide."""

    def run(*words, **variables):
        env = {**os.environ, "COLUMNS": "80", **variables}
        return subprocess.run(
            [mkrefs_command, "check", *words],
            cwd=folder,
            env=env,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nosuch.fits",), "nosuch.fits: there is no such file; give reference files"),
        (("*.nosuch",), "*.nosuch: there is no such file"),
        (
            ("--exposures", "nosuch.fits", "nrcb1_sub64p_gain.fits"),
            "nosuch.fits: there is no such file; give exp",
        ),
        ((), "Missing argument 'FILES...'"),
        (("-p", "checks.gain.nosuch.most", "3", "nrcb1_sub64p_gain.fits"), "there is no check 'nosuch'"),
    ],
)
def test_wrong_usage_is_told_in_a_sentence(words, said, shell):
    done = shell(*words)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_terminal_of_80_columns_is_enough_and_colours_can_be_left_out(folder, monkeypatch):
    """The table is folded into the width; with NO_COLOR there is not a single colour."""
    from io import StringIO

    from rich.console import Console

    from mkrefs.cli import gate_report
    from mkrefs.gate.gate import check_file
    from mkrefs.gate.rules import GateRules
    from mkrefs.registry.plugins import load_plugins

    report = check_file(folder / "nrcb1_sub64p_gain.fits", GateRules(load_plugins().checks))
    shown = {}
    for no_color in (False, True):
        output = StringIO()
        options = {"markup": False, "highlight": False, "no_color": no_color, "color_system": "standard"}
        console = Console(file=output, width=80, force_terminal=True, **options)
        monkeypatch.setattr(gate_report, "make_console", lambda console=console: console)
        gate_report.show_reports([report])
        shown[no_color] = output.getvalue()
    plain = shown[True].replace("\x1b[1m", "").replace("\x1b[0m", "").splitlines()
    assert max(map(len, plain)) <= 80
    assert "\x1b[31m" in shown[False]
    assert "\x1b[31m" not in shown[True]
