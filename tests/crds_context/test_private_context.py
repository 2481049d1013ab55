"""A private context from nothing: made, extended, listed, and asked by crds itself."""

import json
import os
import subprocess
import sys
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from astropy.io import fits

from mkrefs.crds_context import (
    CoverageChange,
    Kind,
    PrivateContext,
    RulesReader,
    RulesView,
    add_references,
    context_name,
    create_context,
    open_context,
    show_context,
)
from mkrefs.crds_context.private_context import process_environment
from mkrefs.crds_context.selectors import FITS_KEYWORDS
from mkrefs.errors import UserError
from mkrefs.jobs.crds_state import CrdsState

ASK = """
import json, sys, crds
exposures = json.load(sys.stdin)
types = ["readnoise", "dark"]
def ask(exposure):
    try:
        return crds.getreferences(exposure, reftypes=types)
    except crds.core.exceptions.CrdsLookupError:
        return dict.fromkeys(types, "")
print(json.dumps([ask(exposure) for exposure in exposures]))
"""


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory, make_reference: Any) -> list[PrivateContext]:
    """Three contexts of one cache: empty; four files; a fifth and a later USEAFTER of the first."""
    folder = tmp_path_factory.mktemp("contexts") / "cache"
    rapid = {"exposure__readpatt": "RAPID"}
    first = [
        make_reference("readnoise", "rapid", **rapid),
        make_reference("readnoise", "bright", exposure__readpatt="BRIGHT1"),
        make_reference("readnoise", "generic", subarray__name="GENERIC", **rapid),
        make_reference("gain"),
    ]
    second = [
        make_reference("readnoise", "later", useafter="2024-06-01T00:00:00", **rapid),
        make_reference("mask"),
        first[1],
    ]
    return [create_context(folder), add_references(folder, first), add_references(folder, second)]


def ask_crds(context: PrivateContext, *exposures: dict[str, Any]) -> list[dict[str, str]]:
    """Ask crds for the best references of exposures, given by what differs from the usual."""
    usual = {
        "META.INSTRUMENT.NAME": "NIRCAM",
        "META.INSTRUMENT.DETECTOR": "NRCB1",
        "META.EXPOSURE.READPATT": "RAPID",
        "META.EXPOSURE.TYPE": "NRC_DARK",
        "META.SUBARRAY.NAME": "SUB64P",
        "META.OBSERVATION.DATE": "2024-01-01",
        "META.OBSERVATION.TIME": "12:00:00",
    }
    answer = subprocess.run(
        [sys.executable, "-c", ASK],
        input=json.dumps([{**usual, **exposure} for exposure in exposures]),
        env={**os.environ, **context.environment()},
        capture_output=True,
        text=True,
        check=True,
    )
    return list(json.loads(answer.stdout))


def test_each_addition_is_a_new_context_and_the_earlier_ones_stay(history: list[PrivateContext]) -> None:
    assert [one.context for one in history] == ["jwst_0000.pmap", "jwst_0001.pmap", "jwst_0002.pmap"]
    folder = history[0].path
    assert open_context(folder) == history[2]
    assert [open_context(folder, one.context) for one in history] == history
    assert show_context(folder, "jwst_0000.pmap").entries == ()
    assert len(show_context(folder, "jwst_0001.pmap").entries) == 4


def test_files_are_copied_under_crds_names(history: list[PrivateContext]) -> None:
    names = sorted(path.name for path in (history[2].path / "references" / "jwst").iterdir())
    assert names == ["jwst_nircam_gain_0001.fits", "jwst_nircam_mask_0001.fits"] + [
        f"jwst_nircam_readnoise_000{number}.fits" for number in (1, 2, 3, 4)
    ]
    assert {entry.source.stem: entry.name for entry in history[1].added}[
        "bright"
    ] == "jwst_nircam_readnoise_0002.fits"


def test_a_file_that_the_context_has_is_recognised(history: list[PrivateContext]) -> None:
    known = next(entry for entry in history[2].added if entry.source.stem == "bright")
    assert (known.name, known.new) == ("jwst_nircam_readnoise_0002.fits", False)


def test_only_known_files_make_no_new_context(history: list[PrivateContext]) -> None:
    again = add_references(history[2].path, [history[1].added[0].source])
    assert again == history[2]
    assert [entry.new for entry in again.added] == [False]


def test_the_listing_gives_match_useafter_and_file(history: list[PrivateContext]) -> None:
    listing = show_context(history[2].path)
    readnoise = {
        (dict(entry.match)["READPATT"], dict(entry.match)["SUBARRAY"], entry.useafter[:4]): entry.file
        for entry in listing.entries
        if entry.reftype == "READNOISE"
    }
    assert listing.context == "jwst_0002.pmap"
    assert readnoise == {
        ("BRIGHT1", "SUB64P", "2022"): "jwst_nircam_readnoise_0002.fits",
        ("RAPID", "GENERIC", "2022"): "jwst_nircam_readnoise_0003.fits",
        ("RAPID", "SUB64P", "2022"): "jwst_nircam_readnoise_0001.fits",
        ("RAPID", "SUB64P", "2024"): "jwst_nircam_readnoise_0004.fits",
    }


def test_crds_selects_by_mode_and_date(history: list[PrivateContext]) -> None:
    later = {"META.OBSERVATION.DATE": "2024-07-01"}
    answers = ask_crds(
        history[2],
        {},
        later,
        {**later, "META.EXPOSURE.READPATT": "BRIGHT1"},
        {"META.SUBARRAY.NAME": "FULL"},
    )
    assert [Path(answer["readnoise"]).name[-9:] for answer in answers[:3]] == [
        "0001.fits",
        "0004.fits",
        "0002.fits",
    ]
    assert answers[3]["readnoise"].endswith("readnoise_0003.fits")
    assert answers[0]["dark"].startswith("NOT FOUND n/a")
    assert Path(answers[0]["readnoise"]).is_file()


def test_what_an_addition_changes_is_what_crds_then_gives(history: list[PrivateContext]) -> None:
    trial = history[2].trial
    assert trial is not None
    exposures = [
        {
            "META.EXPOSURE.READPATT": readpatt,
            "META.SUBARRAY.NAME": subarray,
            "META.OBSERVATION.DATE": date,
            "META.OBSERVATION.TIME": "00:00:00",
        }
        for readpatt, subarray, date in product(
            ("RAPID", "BRIGHT1", "DEEP8"), ("SUB64P", "FULL"), ("2021-12-31", "2024-05-31", "2024-06-01")
        )
    ]
    names = {Path(entry.name).name: entry.source.name for entry in history[2].added if entry.new}
    given = [
        [Path(answer["readnoise"]).name for answer in ask_crds(context, *exposures)]
        for context in history[1:]
    ]
    for exposure, before, after in zip(exposures, *given, strict=True):
        told = [
            change for change in trial.changes if change.reftype == "readnoise" and serves(change, exposure)
        ]
        assert [change.after for change in told] == ([names[after]] if before != after else [])
        assert all(change.before == before for change in told)
    assert sum(before != after for before, after in zip(*given, strict=True)) == 1
    assert {finding.kind for finding in trial.findings} == {Kind.UNCOVERED, Kind.PRESENT}


def serves(change: CoverageChange, exposure: dict[str, str]) -> bool:
    """Tell whether an exposure is among those of a change."""
    values = {"DETECTOR": "NRCB1"} | {FITS_KEYWORDS[key]: exposure[key] for key in list(exposure)[:2]}
    date = exposure["META.OBSERVATION.DATE"]
    among = all(
        values[one.keyword] in one.values if one.values else values[one.keyword] not in one.but
        for one in change.exposures
    )
    return among and change.since <= f"{date} 00:00:00" and (not change.until or date < change.until)


def test_files_that_speak_against_themselves_need_force(
    history: list[PrivateContext], make_reference: Any, tmp_path: Path
) -> None:
    mine = create_context(tmp_path / "cache", history[2].path / "jwst_0002.pmap")
    assert [path.is_symlink() for path in (mine.path / "references" / "jwst").iterdir()] == [True] * 6
    crossing = make_reference("readnoise", "crossing", exposure__readpatt="ANY", subarray__name="SUB160")
    late = make_reference("readnoise", "late", exposure__readpatt="DEEP8")
    fits.setval(late, "SUBARRAY", value="ANY")
    with pytest.raises(UserError, match=r"by READPATT (ANY|DEEP8), SUBARRAY .* both equally well"):
        add_references(mine.path, [crossing, late])
    assert open_context(mine.path).context == "jwst_0002.pmap"
    forced = add_references(mine.path, [crossing, late], force=True)
    assert forced.context == "jwst_0003.pmap"
    assert forced.trial is not None
    assert [finding.kind for finding in forced.trial.stopping] == [Kind.OVERLAP]
    assert open_context(history[2].path) == history[2]


def test_a_base_that_is_not_there_is_refused(history: list[PrivateContext], tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"there is no context 'jwst_0009\.pmap' in this cache"):
        create_context(tmp_path / "new", history[2].path / "jwst_0009.pmap")
    with pytest.raises(UserError, match="this is no CRDS cache"):
        create_context(tmp_path / "new", tmp_path)
    assert not (tmp_path / "new").exists()


def test_the_listing_can_be_narrowed(history: list[PrivateContext]) -> None:
    listing = show_context(history[2].path, instruments=["nircam"], reftypes=["Gain", "mask"])
    assert {entry.reftype for entry in listing.entries} == {"GAIN", "MASK"}
    for wrong in ({"instruments": ["acs"]}, {"reftypes": ["spam"]}):
        with pytest.raises(UserError, match=r"jwst_0002\.pmap has no .*(ACS|SPAM)") as refusal:
            show_context(history[2].path, **wrong)
        assert "gain" in str(refusal.value) or "nircam" in str(refusal.value)


def test_an_earlier_context_still_gives_what_it_gave(history: list[PrivateContext]) -> None:
    answer = ask_crds(history[1], {"META.OBSERVATION.DATE": "2024-07-01"})[0]
    assert answer["readnoise"].endswith("readnoise_0001.fits")


def test_refused_files_are_named_with_their_reasons(
    history: list[PrivateContext], make_reference: Any, tmp_path: Path
) -> None:
    (tmp_path / "notes.txt").write_text("no reference data")
    (tmp_path / "torn.fits").write_text("no reference data")
    hubble = make_reference("gain", "hubble")
    fits.setval(hubble, "TELESCOP", value="HST")
    files = [
        tmp_path / "notes.txt",
        tmp_path / "torn.fits",
        tmp_path / "absent.fits",
        hubble,
        make_reference("gain", "spam", reftype="SPAM"),
        make_reference("gain", "unknown_date", useafter="yesterday"),
        make_reference("readnoise", "no_readpatt", exposure__readpatt=None),
        make_reference("saturation"),
    ]
    with pytest.raises(UserError) as refusal:
        add_references(history[2].path, files)
    reasons = {
        "notes.txt": "this is no reference file",
        "torn.fits": "this is no reference file",
        "absent.fits": "there is no such file",
        "hubble.fits": "TELESCOP is HST",
        "spam.fits": "NIRCAM has no rules for the reference type SPAM",
        "unknown_date.fits": "USEAFTER is 'yesterday'",
        "no_readpatt.fits": "its header lacks READPATT",
    }
    for name, reason in reasons.items():
        assert f"{name}: {reason}" in str(refusal.value)
    assert "saturation.fits" not in str(refusal.value)
    assert open_context(history[2].path) == history[2]


def test_files_for_the_same_exposures_are_refused(history: list[PrivateContext], make_reference: Any) -> None:
    twins = [make_reference("saturation", name, fill=fill) for name, fill in (("one", 1.0), ("two", 2.0))]
    general = make_reference("readnoise", "general", exposure__readpatt="ANY")
    with pytest.raises(UserError) as refusal:
        add_references(history[2].path, [*twins, general])
    message = str(refusal.value)
    assert "CRDS cannot tell files apart" in message
    assert all(name in message for name in ("one.fits", "two.fits", "general.fits"))
    assert "both are for DETECTOR NRCB1 from 2022-01-01 00:00:00 on; leave one out" in message
    assert "by READPATT ANY and jwst_nircam_readnoise_0002.fits of the context by READPATT BRIGHT1" in message


def test_the_environment_hides_the_users_own_crds(history: list[PrivateContext], monkeypatch: Any) -> None:
    monkeypatch.setenv("CRDS_SERVER_URL", "https://jwst-crds.stsci.edu")
    monkeypatch.setenv("CRDS_MODE", "remote")
    environment = process_environment(history[1].environment())
    assert environment["CRDS_PATH"] == str(history[1].path)
    assert environment["CRDS_CONTEXT"] == "jwst_0001.pmap"
    assert "serverless" in environment["CRDS_SERVER_URL"]
    assert "CRDS_MODE" not in environment


def test_a_fingerprint_tells_contexts_apart(history: list[PrivateContext], monkeypatch: Any) -> None:
    everything, reader = RulesView(()), RulesReader()
    fingerprints = [reader.fingerprint(one.state, everything) for one in history]
    assert len(set(fingerprints)) == 3
    assert fingerprints[1].startswith("sha256:")
    monkeypatch.setenv("CRDS_PATH", str(history[0].path))
    monkeypatch.delenv("CRDS_CONTEXT", raising=False)
    assert RulesReader().fingerprint(CrdsState(), everything) == fingerprints[2]
    monkeypatch.setenv("CRDS_CONTEXT", "jwst_0001")
    assert context_name(CrdsState()) == "jwst_0001.pmap"
    assert RulesReader().fingerprint(CrdsState(), everything) == fingerprints[1]


def test_a_cache_is_not_made_twice(history: list[PrivateContext]) -> None:
    with pytest.raises(UserError, match="there is a CRDS cache already"):
        create_context(history[0].path)
