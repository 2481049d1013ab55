"""Deliveries with the real crds: what is in the folder, what a second delivery keeps, and what stops one."""

import json
import re
import subprocess

import numpy as np
import pytest
import yaml
from astropy.io import fits
from click.testing import CliRunner
from crds.core import config

from mkrefs.cli.main import cli
from mkrefs.delivery.deliver import Request, deliver
from mkrefs.delivery.fields import FIELDS
from mkrefs.delivery.form import FORM_NAME
from mkrefs.delivery.refusal import DeliveryRefused
from mkrefs.errors import UserError
from mkrefs.storage.atomic import write_text_atomic

ANSWERS = {
    "deliverer": "Jane Doe",
    "ingest_files": True,
    "etc_delivery": False,
    "replacing_badfiles": "No",
    "change_level": "MODERATE",
}


def made(targets, folder, **answers):
    return deliver(Request(targets, folder, (), (), answers))


def command(*words):
    return CliRunner().invoke(cli, ["deliver", *map(str, words)])


def form_of(folder):
    return yaml.safe_load((folder / FORM_NAME).read_text())


@pytest.mark.usefixtures("_in_context")
def test_a_delivery_holds_all_that_crds_wants_and_a_second_one_keeps_what_people_wrote(good_run, tmp_path):
    folder = tmp_path / "delivery"
    first = command(good_run.folder, "-o", folder)
    assert first.exit_code == 1
    assert f"is not ready, the form lacks {', '.join(ANSWERS)}; write the answers into" in first.stderr
    name = "jwst_nircam_readnoise_nrcb1_rapid_sub64p.fits"
    _the_file_is_the_same_under_another_name(
        good_run.folder / "readnoise/a.final.readnoise.fits", folder / name
    )
    _the_folder_is_complete(folder, name)
    _what_is_known_is_filled_in(form_of(folder))
    assert "NOT READY" in (folder / FORM_NAME).read_text()
    assert "change_level" in (folder / "NOT_READY.txt").read_text()

    form = (folder / FORM_NAME).read_text()
    form = form.replace("deliverer:", "# as agreed\ndeliverer: Jane Doe")
    (folder / FORM_NAME).write_text(form.replace("history_updated: true", "history_updated: no"))
    (folder / "notes.txt").write_text("mine")
    (folder / "link").symlink_to("nowhere")
    answers = [word for name in list(ANSWERS)[1:] for word in ("--set", name, ANSWERS[name])]
    second = command(good_run.folder, "-o", folder, *answers)
    assert second.exit_code == 0
    assert second.stdout.endswith("delivery: ready, 1 file(s).\n")
    assert "jwst_nircam_readnoise_0001.fits -> jwst_nircam_readnoise_nrcb1_rapid_sub64p.fits" in second.stdout
    assert "history_updated: you say false, mkrefs finds true" in second.stderr
    again = form_of(folder)
    assert {name: again[name] for name in ANSWERS} == ANSWERS
    assert again["history_updated"] is False
    assert "# as agreed\ndeliverer: Jane Doe" in (folder / FORM_NAME).read_text()
    assert (folder / "notes.txt").read_text() == "mine"
    assert (folder / "link").is_symlink()
    assert not (folder / "NOT_READY.txt").exists()
    assert json.loads((folder / "delivery.json").read_text())["ready"] is True
    assert sorted(path.name for path in tmp_path.iterdir()) == ["delivery", "out"]


def _the_file_is_the_same_under_another_name(before, after):
    assert config.is_valid_reference_name(after.name)
    assert not config.is_crds_name(after.name)
    old, new = before.read_bytes(), after.read_bytes()
    cards = {place // 80 for place in range(len(old)) if old[place] != new[place]}
    assert len(old) == len(new)
    assert [new[80 * card : 80 * card + 8] for card in cards] == [b"FILENAME"]
    assert fits.getheader(after)["FILENAME"] == after.name
    assert np.array_equal(fits.getdata(before), fits.getdata(after))


def _the_folder_is_complete(folder, name):
    stem = name.removesuffix(".fits")
    reports = {f"{stem}.certify.json", f"{stem}.checks.json", f"{stem}.checks.txt"}
    assert {path.name for path in (folder / "reports").iterdir()} == {
        *reports,
        "a.final.readnoise.fits.provenance.json",
    }
    subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=folder, check=True)
    summed = {line.split("  ")[1] for line in (folder / "SHA256SUMS").read_text().splitlines()}
    files = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert files - summed == {"SHA256SUMS", FORM_NAME}
    assert f"Certifying '{name}'" in (folder / "certify.log").read_text()
    record = json.loads((folder / "delivery.json").read_text())
    assert record["ready"] is False
    assert record["missing"] == list(ANSWERS)
    (file,) = record["files"]
    assert file["exposures"] == ["jw01", "jw02"]
    assert file["previous"] == "jwst_nircam_readnoise_0001.fits"
    for text in ("README.txt", "insertion.txt", "insertion.json", "certify.log", FORM_NAME):
        said = (folder / text).read_text()
        assert "mkrefs-delivery" not in said
        assert name in said or text == FORM_NAME


def _what_is_known_is_filled_in(form):
    assert list(form) == [field.name for field in FIELDS]
    expected = {
        "instrument": "nircam",
        "file_type": "READNOISE",
        "history_updated": True,
        "pedigree_updated": True,
        "keywords_checked": True,
        "descrip_updated": True,
        "useafter_updated": True,
        "useafter_matches": "No",
        "compliance_verified": "Yes",
        "calpipe_version": "No, made with jwst 3.0.0, but they were not run through it afterwards",
        "replacement_files": True,
        "old_reference_files": "jwst_nircam_readnoise_0001.fits",
        "jira_issue": "",
    }
    assert {name: form[name] for name in expected} == expected
    assert {name: form[name] for name in ANSWERS} == dict.fromkeys(ANSWERS)
    assert "NRCB1 RAPID SUB64P" in form["modes_affected"]
    assert "0 errors" in form["correctness_testing"]
    assert "made from 2 exposures of 2024-03-01 to 2024-03-02" in form["description"]
    assert re.search(r"[^A-Za-z0-9._\s/,=\-+]", form["description"]) is None  # as crds.submit demands


@pytest.mark.usefixtures("_in_context")
def test_files_that_crds_or_the_checks_find_fault_with_are_refused(fake_run, readnoise, tmp_path):
    fake_run.final(bunit_data="electron")
    fake_run.end()
    other = readnoise(tmp_path / "overlapping.fits", exposure__readpatt="ANY")
    fits.setval(other, "PEDIGREE", value="HEARSAY")
    refused = command(fake_run.folder, other, "-o", tmp_path / "delivery")
    assert refused.exit_code == 1
    said = refused.stderr
    assert "a.final.readnoise.fits has errors (check unit:" in said
    assert "overlapping.fits has errors (crds certify against" in said
    assert f"cannot take {fake_run.folder}/readnoise/a.final.readnoise.fits, {other}: " in said
    assert "READPATT ANY" in said
    assert not (tmp_path / "delivery").exists()


def test_without_a_context_nothing_can_be_delivered(good_run, tmp_path, monkeypatch):
    monkeypatch.delenv("CRDS_PATH", raising=False)
    with pytest.raises(UserError, match="there is none; set CRDS_PATH"):
        made([good_run.folder], tmp_path / "delivery")


@pytest.mark.usefixtures("_in_context")
def test_two_instruments_are_no_delivery(good_run, readnoise, tmp_path):
    other = readnoise(tmp_path / "nis.fits", instrument__name="NIRISS", instrument__detector="NIS")
    with pytest.raises(DeliveryRefused, match="NIRCAM and NIRISS: CRDS takes one instrument"):
        made([good_run.folder, other], tmp_path / "delivery")


@pytest.mark.usefixtures("_in_context")
def test_a_folder_with_anything_else_is_left_alone(good_run, tmp_path):
    folder = tmp_path / "delivery"
    write_text_atomic(folder / "thesis.tex", "mine")
    with pytest.raises(UserError, match="this is no delivery of mkrefs"):
        made([good_run.folder], folder)
    assert [path.name for path in folder.iterdir()] == ["thesis.tex"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["delivery", "out"]
