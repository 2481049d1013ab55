"""What is found out about new files in rules that are written by hand."""

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest

from mkrefs.crds_context.coverage import Kind
from mkrefs.crds_context.examination import Examined, TypeTrial, examine

Cases = dict[tuple[str, ...], dict[str, str] | str]
Examine = Callable[[Cases | None, Cases], Examined]

PATHS = ("META.INSTRUMENT.DETECTOR", "META.EXPOSURE.READPATT", "META.SUBARRAY.NAME")
DATE = ("META.OBSERVATION.DATE", "META.OBSERVATION.TIME")
OLD, LATER = "2000-01-01 00:00:00", "2020-01-01 00:00:00"
NUMBERS = itertools.count(1)


@pytest.fixture
def examined(tmp_path: Path) -> Examine:
    """Examine what ``new.fits`` changes between two sets of cases."""

    def write(cases: Cases) -> Path:
        name = f"jwst_nircam_readnoise_{next(NUMBERS):04}.rmap"
        lines = [
            f"    {key!r} : {f'UseAfter({files!r})' if isinstance(files, dict) else repr(files)},\n"
            for key, files in cases.items()
        ]
        (tmp_path / name).write_text(
            "header = {\n"
            "    'classes' : ('Match', 'UseAfter'), 'derived_from' : 'a test', 'filekind' : 'READNOISE',\n"
            "    'instrument' : 'NIRCAM', 'mapping' : 'REFERENCE', 'observatory' : 'JWST', 'sha1sum' : '0',\n"
            f"    'name' : {name!r}, 'parkey' : ({PATHS!r}, {DATE!r}),\n"
            "}\n"
            f"selector = Match({{\n{''.join(lines)}}})\n"
        )
        return tmp_path / name

    def run(before: Cases | None, added: Cases) -> Examined:
        old = None if before is None else write(before)
        trial = TypeTrial(
            "nircam", "readnoise", old, write({**(before or {}), **added}), {"new.fits": "/new.fits"}
        )
        return examine(trial, {"new.fits": "new.fits"})

    return run


def kinds(found: Examined) -> list[Kind]:
    return [finding.kind for finding in found.findings]


def test_a_category_that_hides_another_loses_its_exposures(examined: Examine) -> None:
    before: Cases = {("NRCA1", "ANY", "N/A"): {OLD: "a.fits"}}
    found = examined(before, {("NRCA1", "ANY", "GENERIC"): {LATER: "new.fits"}})  # GENERIC is read as N/A
    assert kinds(found) == [Kind.LOSS]
    assert "exposures that get a.fits would get no file" in found.findings[0].sentence
    assert [(change.since, change.until, change.before, change.after) for change in found.changes] == [
        (OLD, LATER, "a.fits", ""),
        (LATER, "", "a.fits", "new.fits"),
    ]


def test_categories_that_cross_overlap(examined: Examine) -> None:
    before: Cases = {("NRCA1", "ANY", "SUB160"): {OLD: "a.fits"}}
    found = examined(before, {("NRCA1", "RAPID", "ANY"): {LATER: "new.fits"}})
    assert kinds(found) == [Kind.OVERLAP]
    assert found.findings[0].remedy == (
        "give the new file READPATT ANY and SUBARRAY SUB160 ('readpatt: ANY, subarray: SUB160' in the "
        "configuration), so that both are filed under one category"
    )


def test_beside_an_entry_without_a_file_the_new_category_must_be_weaker(examined: Examine) -> None:
    before: Cases = {("NRCA1", "RAPID", "ANY"): "N/A", ("NRCA1", "N/A", "SUB160"): {OLD: "a.fits"}}
    found = examined(before, {("NRCA1", "ANY", "SUB160"): {LATER: "new.fits"}})
    assert Kind.OVERLAP in kinds(found)
    (overlap,) = (finding for finding in found.findings if finding.kind is Kind.OVERLAP)
    assert "an entry of the context that needs no file (N/A) by READPATT RAPID, SUBARRAY ANY" in overlap.text
    assert overlap.remedy.startswith("give the new file READPATT N/A ('readpatt: N/A' in the configuration)")
    weaker = examined(before, {("NRCA1", "N/A", "SUB160"): {LATER: "new.fits"}})
    assert Kind.OVERLAP not in kinds(weaker)


def test_a_category_of_less_weight_is_not_told_where_it_is_not_reached(examined: Examine) -> None:
    before: Cases = {
        ("NRCA1", "RAPID", "SUB160"): {OLD: "a.fits"},
        ("NRCA1", "ANY", "SUB160"): {OLD: "b.fits"},
    }
    found = examined(before, {("NRCA1", "N/A", "N/A"): {LATER: "new.fits"}})
    assert kinds(found) == []
    exposures = {one.keyword: one for change in found.changes for one in change.exposures}
    assert exposures["SUBARRAY"].but == ("SUB160",)


def test_where_no_file_was_needed_one_is_now(examined: Examine) -> None:
    first = examined(None, {("NRCA1", "ANY", "GENERIC"): {LATER: "new.fits"}})
    assert kinds(first) == [Kind.UNCOVERED]
    assert [(change.before, change.after) for change in first.changes] == [("N/A", ""), ("N/A", "new.fits")]
    place: Cases = {("NRCA1", "ANY", "GENERIC"): "N/A"}
    second = examined(place, {("NRCA1", "ANY", "GENERIC"): {LATER: "new.fits"}})
    assert kinds(second) == [Kind.UNCOVERED]
    assert second.findings[0].remedy == "give the file an earlier USEAFTER"


def test_a_file_in_the_place_of_another_replaces_it(examined: Examine) -> None:
    before: Cases = {("NRCA1", "ANY", "GENERIC"): {OLD: "a.fits", LATER: "b.fits"}}
    found = examined(before, {("NRCA1", "ANY", "GENERIC"): {OLD: "a.fits", LATER: "new.fits"}})
    assert kinds(found) == [Kind.REPLACED]
    assert found.files[0].replaces == "b.fits"
    assert [change.before for change in found.changes] == ["b.fits"]
