"""What of a context's rules a job can see: the fingerprint changes with that and with nothing else."""

from pathlib import Path
from typing import Any

import pytest

from mkrefs.crds_context import RulesReader, RulesView, add_references, create_context
from mkrefs.crds_context.rules import read_rules
from mkrefs.jobs.crds_state import CrdsState

OPERATIONAL = Path(__file__).parent.parent / "data" / "crds_jwst_0541"
RMAP = """
header = {{
    'classes' : ('Match', 'UseAfter'),
    'derived_from' : '{made}',
    'name' : '{name}',
    'parkey' : (('META.INSTRUMENT.DETECTOR', 'META.SUBARRAY.NAME'), ('META.OBSERVATION.DATE',)),
    'sha1sum' : '{made}',{more}
}}
selector = Match({{
{cases}
}})
"""
CASE = "    ('{detector}', 'FULL') : UseAfter({{ '2020-01-01 00:00:00' : '{file}' }}),"


@pytest.fixture
def fingerprint(tmp_path: Path) -> Any:
    """Give the fingerprint, for NRCB1, of an rmap with these files by detector."""
    mappings = tmp_path / "mappings" / "jwst"
    mappings.mkdir(parents=True)
    (mappings / "jwst_0001.pmap").write_text("header = {}\nselector = {'NIRCAM': 'jwst_nircam_0001.imap'}\n")
    (mappings / "jwst_nircam_0001.imap").write_text("header = {}\nselector = {'DARK': 'dark.rmap'}\n")
    state = CrdsState(path=str(tmp_path), context="jwst_0001.pmap")

    def of(files: dict[str, str], *, made: str = "one", more: str = "", detector: str = "NRCB1") -> str:
        cases = "\n".join(CASE.format(detector=name, file=file) for name, file in files.items())
        (mappings / "dark.rmap").write_text(RMAP.format(name="dark.rmap", made=made, more=more, cases=cases))
        assert read_rules(mappings / "dark.rmap").selector
        return RulesReader().fingerprint(state, RulesView(("dark",), "NIRCAM", detector))

    return of


def test_files_of_other_detectors_do_not_count(fingerprint: Any) -> None:
    alone = fingerprint({"NRCB1": "one.fits"})
    assert fingerprint({"NRCA1": "any.fits", "NRCB1": "one.fits"}) == alone
    assert fingerprint({"NRCB1": "one.fits"}, made="anew") == alone
    assert fingerprint({"NRCB1": "two.fits"}) != alone
    assert fingerprint({"NRCA1": "any.fits", "NRCB1": "one.fits"}, detector="") != alone


@pytest.mark.parametrize("name", ["NRCA1|NRCB1", "N/A", "ANY", "*", "GENERIC", "nrcb1", "NOT NRCA1"])
def test_cases_that_might_be_for_the_detector_count(fingerprint: Any, name: str) -> None:
    assert fingerprint({"NRCB1": "one.fits", name: "other.fits"}) != fingerprint({"NRCB1": "one.fits"})


def test_a_detector_that_is_substituted_is_not_told_apart(fingerprint: Any) -> None:
    more = "\n    'substitutions' : { 'META.INSTRUMENT.DETECTOR' : { 'NRCA1' : 'NRCB1' } },"
    assert fingerprint({"NRCB1": "one.fits"}, more=more) != fingerprint(
        {"NRCA1": "any.fits", "NRCB1": "one.fits"}, more=more
    )


def test_a_new_context_shows_only_where_its_rules_differ(tmp_path: Path, make_reference: Any) -> None:
    cache = tmp_path / "cache"
    create_context(cache)
    first = add_references(cache, [make_reference("gain"), make_reference("readnoise")])
    views = {
        "gain": RulesView(("gain",), "NIRCAM", "NRCB1"),
        "gain elsewhere": RulesView(("gain",), "NIRCAM", "NRCA1"),
        "readnoise": RulesView(("readnoise",), "NIRCAM", "NRCB1"),
        "MIRI": RulesView((), "MIRI"),
        "all": RulesView(()),
    }
    before = {name: RulesReader().fingerprint(first.state, view) for name, view in views.items()}
    second = add_references(cache, [make_reference("gain", "later", useafter="2023-01-01T00:00:00")])
    after = {name: RulesReader().fingerprint(second.state, view) for name, view in views.items()}
    assert {name for name in views if before[name] != after[name]} == {"gain", "all"}
    assert len(set(before.values())) == len(views)


def test_operational_rules_can_be_read() -> None:
    reader, state = RulesReader(), CrdsState(path=str(OPERATIONAL), context="jwst_0541.pmap")
    one = reader.fingerprint(state, RulesView(("readnoise",), "NIRCAM", "NRCB1"))
    other = reader.fingerprint(state, RulesView(("readnoise",), "NIRCAM", "NRCA1"))
    assert one.startswith("sha256:")
    assert one != other
