"""A trial insertion tells which exposures change file and what speaks against files, and writes nothing."""

import json
from pathlib import Path
from typing import Any

import pytest
from astropy.io import fits
from click.testing import CliRunner

from mkrefs.cli.main import cli
from mkrefs.crds_context import (
    CoverageChange,
    ExposureValues,
    Kind,
    TrialInsertion,
    add_references,
    change_text,
    create_context,
    trial_from_json,
    trial_lines,
    trial_to_json,
    try_insertion,
)
from mkrefs.errors import UserError
from mkrefs.jobs.crds_state import CrdsState

OPERATIONAL = Path(__file__).parent.parent / "data" / "crds_jwst_0541"


@pytest.fixture(scope="module")
def trial(make_reference: Any) -> TrialInsertion:
    """Files in operational rules, where ANY GENERIC of 2015 stands over N/A GENERIC of 1900."""

    def make(name: str, detector: str, readpatt: str, subarray: str, year: str = "2022-07-01") -> Path:
        changes = {"instrument__detector": detector, "exposure__readpatt": readpatt}
        return make_reference(
            "readnoise", name, **changes, subarray__name=subarray, useafter=f"{year}T00:00:00"
        )

    files = [
        make("rapid160", "NRCA1", "RAPID", "SUB160"),
        make("same_place", "NRCA2", "ANY", "GENERIC", "2015-10-01"),
        make("early", "NRCA3", "ANY", "GENERIC", "2010-01-01"),
        make("never", "NRCB1", "N/A", "GENERIC", "2018-01-01"),
        make("specific", "NRCB2", "ANY", "FULL"),
    ]
    return try_insertion(files, CrdsState(str(OPERATIONAL)))


def test_each_change_says_who_gets_what_and_when(trial: TrialInsertion) -> None:
    assert [change_text(change) for change in trial.changes] == [
        f"NIRCAM readnoise: {line}"
        for line in (
            "NRCA1 RAPID SUB160, from 2022-07-01: jwst_nircam_readnoise_0025.fits -> rapid160.fits",
            "NRCA2, from 2015-10-01: jwst_nircam_readnoise_0024.fits -> same_place.fits",
            "NRCA3, from 2010-01-01 until 2015-10-01: jwst_nircam_readnoise_0011.fits -> early.fits",
            "NRCB2 FULL, from 2022-07-01: jwst_nircam_readnoise_0021.fits -> specific.fits",
        )
    ]


def test_a_file_that_none_would_get_stops_and_a_replacement_is_told(trial: TrialInsertion) -> None:
    assert [finding.kind for finding in trial.stopping] == [Kind.UNUSED]
    assert trial.stopping[0].files[0].endswith("never.fits")
    replaced = [finding for finding in trial.findings if finding.kind is Kind.REPLACED]
    assert ["jwst_nircam_readnoise_0024.fits" in finding.text for finding in replaced] == [True]
    files = {file.source.stem: file for file in trial.files}
    assert files["same_place"].replaces == "jwst_nircam_readnoise_0024.fits"
    assert files["rapid160"].category == (
        ("DETECTOR", "NRCA1"),
        ("READPATT", "RAPID"),
        ("SUBARRAY", "SUB160"),
    )


def test_a_pattern_beside_a_category_of_several_needs_the_same_several(
    make_reference: Any, tmp_path: Path
) -> None:
    several = {"exposure__p_readpatt": "RAPID|BRIGHT1|", "exposure__readpatt": "RAPID"}
    context = create_context(tmp_path / "crds")
    context = add_references(context.path, [make_reference("readnoise", "several", **several)])
    later = {"useafter": "2023-01-01T00:00:00"}
    alone = make_reference("readnoise", "alone", exposure__readpatt="RAPID", **later)
    (finding,) = try_insertion([alone], context).stopping
    assert finding.kind is Kind.OVERLAP
    assert "'readpatt: BRIGHT1|RAPID' in the configuration" in finding.remedy
    like_it = make_reference("readnoise", "like_it", **several | later)
    assert try_insertion([like_it], context).stopping == ()


def test_the_json_form_is_complete(trial: TrialInsertion) -> None:
    form = json.loads(json.dumps(trial_to_json(trial)))
    assert form["mkrefs_trial_insertion"] == 1
    assert trial_from_json(form) == trial
    assert len(list(trial_lines(trial))) == len(trial.findings) + len(trial.changes)


def test_files_that_cannot_be_inserted_are_told_by_the_command(make_reference: Any, tmp_path: Path) -> None:
    (tmp_path / "torn.fits").write_text("no reference data")
    files = [
        make_reference("readnoise", "typo", exposure__readpatt="RAPID"),
        make_reference("readnoise", "miri", exposure__readpatt="FASTR1"),
        make_reference("readnoise", "lacking", exposure__readpatt=None),
        tmp_path / "torn.fits",
    ]
    fits.setval(files[0], "SUBARRAY", value="SUB64Q")
    done = CliRunner().invoke(cli, ["context", "try", str(OPERATIONAL), "--json", *map(str, files)])
    assert done.exit_code == 1
    form = json.loads(done.stdout)
    told = {Path(finding["files"][0]).stem: finding for finding in form["findings"]}
    assert {name: finding["kind"] for name, finding in told.items()} == {
        "torn": "refused",
        "lacking": "refused",
        "typo": "unknown value",
        "miri": "unknown value",
    }
    assert "READPATT is FASTR1, which no exposure of NIRCAM" in told["miri"]["text"]
    assert told["typo"]["remedy"] == "did you mean SUB64P?"
    assert "READPATT" in told["lacking"]["text"]
    assert (form["changes"], form["files"]) == ([], [])


def test_exposures_are_named_in_few_words() -> None:
    exposures = (
        ExposureValues("DETECTOR", ("NRCA1",)),
        ExposureValues("READPATT"),
        ExposureValues("NOUTPUTS", ("1", "4")),
        ExposureValues("SUBARRAY", but=tuple(f"SUB{number}" for number in range(12))),
    )
    change = CoverageChange("NIRCAM", "dark", exposures, "", "2020-01-01 06:00:00", "N/A", "")
    shown = ", ".join(f"SUB{number}" for number in range(8))
    assert change_text(change) == (
        f"NIRCAM dark: NRCA1, NOUTPUTS 1|4, any SUBARRAY but {shown}, 4 more, until 2020-01-01 06:00:00: "
        "none needed -> no file (an error)"
    )


def test_without_files_or_rules_there_is_nothing_to_try(make_reference: Any, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="name at least one"):
        try_insertion([], CrdsState(str(OPERATIONAL)))
    with pytest.raises(UserError, match="CRDS_PATH"):
        try_insertion([make_reference("gain")], CrdsState(str(tmp_path / "none")))
