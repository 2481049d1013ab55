"""``mkrefs context``: made from other rules, extended, tried and shown; never a traceback."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from mkrefs.cli.context_listing import show_listing
from mkrefs.cli.context_report import tell_trial
from mkrefs.cli.main import cli
from mkrefs.crds_context import (
    ContextListing,
    CoverageChange,
    ExposureValues,
    Finding,
    InsertedFile,
    Kind,
    ReferenceEntry,
    TrialInsertion,
)
from mkrefs.errors import UserError


def context(*words, status=0):
    done = CliRunner().invoke(cli, ["context", *map(str, words)])
    assert done.exit_code == status, done.output
    return done.stdout


def refused(*words):
    done = CliRunner().invoke(cli, ["context", *map(str, words)])
    assert isinstance(done.exception, UserError), done.output
    return str(done.exception)


@pytest.fixture(scope="module")
def based(crds_cache, tmp_path_factory):
    """A context with the rules and linked files of another."""
    folder = tmp_path_factory.mktemp("based") / "team"
    return folder, context("create", folder, "--from", crds_cache)


def test_a_context_is_based_on_another_and_its_files_are_linked(based, crds_cache):
    folder, told = based
    files = {path.name: path for path in (folder / "references" / "jwst").iterdir()}
    assert f"names {len(files)} reference files, {len(files)} of which were found and linked" in told
    assert all(path.is_symlink() and path.resolve().parent.name == "jwst" for path in files.values())
    shown, other = (json.loads(context("show", one, "--json")) for one in (folder, crds_cache))
    assert shown["entries"] == other["entries"] != []
    assert shown["context"] == other["context"]


def test_a_part_is_shown_as_a_table(based):
    lines = context("show", based[0], "--instrument", "nircam", "--reftype", "gain").splitlines()
    assert lines[1].split() == ["instrument", "type", "match", "useafter", "file"]
    assert {line.split()[1] for line in lines[2:]} == {"GAIN"}
    assert "has no reference type SPAM" in refused("show", based[0], "--reftype", "spam")


def test_what_an_exposure_gets_is_shown_with_what_is_missing(based, darks, tmp_path):
    exposure, folder = darks("small")[0], tmp_path / "copy"
    shutil.copytree(based[0], folder, symlinks=True)
    for lost in (folder / "references" / "jwst").glob("*_gain_*"):
        lost.unlink()
    told = context("show", folder, "--for", exposure).splitlines()
    lines = {line.split()[0]: line for line in told if "jwst_nircam_" in line}
    assert "the cache does not hold this file" in lines["gain"]
    assert "the cache does not hold" not in lines["mask"]
    assert "sflat" in told[-1]
    choices = json.loads(context("show", folder, "--for", exposure, "--reftype", "gain", "--json"))
    found = choices["exposures"][str(exposure)]
    assert (found["gain"]["file"], found["gain"]["there"]) == (lines["gain"].split()[1], False)
    assert list(found) == ["gain"]


def test_what_is_no_exposure_is_refused(based, tmp_path):
    (tmp_path / "torn.fits").write_text("no exposure")
    assert "torn.fits: this is no exposure" in refused("show", based[0], "--for", tmp_path / "torn.fits")
    context("show", based[0], "--for", tmp_path / "torn.fits", "--instrument", "nircam", status=2)


def test_many_lines_are_summed_up(capsys):
    def entry(number):
        match = (("DETECTOR", f"NRCA{number % 4}"), ("READPATT", "ANY"))
        return ReferenceEntry(
            "NIRCAM", "GAIN", match, f"2020-01-01 00:{number // 60:02}:{number % 60:02}", "f"
        )

    listing = ContextListing(Path("/cache"), "c.pmap", tuple(map(entry, range(201))))
    show_listing(listing, everything=False)
    lines = capsys.readouterr().out.splitlines()
    assert lines[2].split() == ["NIRCAM", "GAIN", "DETECTOR,", "READPATT", "4", "1", "2020-01-01", "00:03:20"]
    assert len(lines) == 4
    show_listing(listing, everything=True)
    assert len(capsys.readouterr().out.splitlines()) == 203


def test_first_files_of_several_types_are_told_in_one_line(capsys):
    types = ("gain", "mask")
    files = tuple(InsertedFile(Path(f"/{one}.fits"), f"{one}_1", "NIRCAM", one, (), "2022") for one in types)
    exposures = (ExposureValues("DETECTOR", ("NRCA1",)),)
    changes = [
        CoverageChange("NIRCAM", one, exposures, *dates, "N/A", after)
        for one in types
        for *dates, after in (("", "2022-01-01 00:00:00", ""), ("2022-01-01 00:00:00", "", f"{one}.fits"))
    ]
    first = tuple(Finding(Kind.UNCOVERED, (f"/{one}.fits",), "new here", "add more") for one in types)
    tell_trial(TrialInsertion("c.pmap", files, tuple(changes), first))
    assert capsys.readouterr().out.splitlines() == [
        "uncovered: NIRCAM gain, NIRCAM mask: new here; add more",
        "Exposures that get another file:",
        *(f"  NIRCAM {one}: NRCA1, from 2022-01-01: none needed -> {one}.fits" for one in types),
    ]
    tell_trial(TrialInsertion("c.pmap"))
    assert capsys.readouterr().out == "No exposure gets another file.\n"
