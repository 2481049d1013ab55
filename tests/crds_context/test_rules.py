"""Rules as data: names, selectors, the types that an imap lists, caches that are not whole."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mkrefs.crds_context import (
    PrivateContext,
    RulesReader,
    RulesView,
    context_name,
    create_context,
    open_context,
)
from mkrefs.crds_context.naming import next_name
from mkrefs.crds_context.reftypes import listed_types
from mkrefs.crds_context.rules import read_rules
from mkrefs.crds_context.selectors import FITS_KEYWORDS, parkeys
from mkrefs.errors import UserError
from mkrefs.instruments.reference_types import REFERENCE_TYPES
from mkrefs.jobs.crds_state import CrdsState


def _subclasses(one: type) -> set[type]:
    return {one}.union(*(_subclasses(sub) for sub in one.__subclasses__()))


def test_every_type_a_step_of_the_installed_jwst_asks_for_is_listed() -> None:
    import jwst.pipeline
    import jwst.step
    from jwst.stpipe import Pipeline, Step

    assert jwst.pipeline.Detector1Pipeline
    assert jwst.step.DQInitStep
    steps = _subclasses(Step) - {Step, Pipeline}
    asked = {step.get_config_reftype() for step in steps}
    for step in steps - _subclasses(Pipeline):
        asked |= set(step.reference_file_types)
    assert len(asked) > 100
    assert asked <= set(listed_types("nircam"))


def test_every_selection_keyword_has_its_path_in_the_data_models() -> None:
    from stdatamodels.jwst.datamodels import JwstDataModel

    used = {
        key
        for name, reftype in REFERENCE_TYPES.items()
        for instrument in reftype.selectors
        for key in parkeys(instrument, name) or ()
    }
    with JwstDataModel() as model:
        for path in used:
            assert model.find_fits_keyword(FITS_KEYWORDS[path]) == [path.lower()]


@given(st.sets(st.integers(0, 9998)))
def test_the_next_name_is_above_all_others(numbers: set[int]) -> None:
    taken = {f"jwst_nircam_gain_{number:04d}.fits" for number in numbers} | {"jwst_nircam_dark_9999.fits"}
    assert (
        next_name("jwst_nircam_gain", ".fits", taken)
        == f"jwst_nircam_gain_{max(numbers, default=0) + 1:04d}.fits"
    )


def test_rules_with_selectors_are_read_as_data(tmp_path: Path) -> None:
    path = tmp_path / "jwst_nircam_gain_0001.rmap"
    path.write_text(
        "header = {'parkey': (('A', 'B'), ('D', 'T'))}\n"
        "comment = '''\nfree text\n'''\n"
        "selector = Match({('NRCA1', 'X|Y'): UseAfter({'2022-01-01 00:00:00': 'a.fits'})})\n"
    )
    assert read_rules(path).selector == {("NRCA1", "X|Y"): {"2022-01-01 00:00:00": "a.fits"}}


@pytest.mark.parametrize("text", ["selector = {", "nothing", "selector = open('x')\nheader = {}"])
def test_what_is_no_rules_file_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "jwst_0001.pmap").write_text(text)
    with pytest.raises(UserError, match="not a CRDS rules file"):
        read_rules(tmp_path / "jwst_0001.pmap")


def test_a_folder_without_a_cache_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="this is no CRDS cache"):
        open_context(tmp_path)


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot be written to"):
        create_context(tmp_path / "file" / "cache")
    with pytest.raises(UserError, match="this is a file"):
        create_context(tmp_path / "file")
    with pytest.raises(UserError, match=r"holds other files \(file\)"):
        create_context(tmp_path)


def test_unknown_and_incomplete_contexts_are_refused(empty_context: PrivateContext) -> None:
    with pytest.raises(UserError, match=r"no context 'jwst_9999' in this cache; it holds jwst_0000\.pmap"):
        open_context(empty_context.path, "jwst_9999")
    (empty_context.path / "mappings" / "jwst" / "jwst_fgs_0000.imap").unlink()
    with pytest.raises(UserError, match="jwst_fgs_0000"):
        open_context(empty_context.path)
    assert RulesReader().fingerprint(empty_context.state, RulesView(())) == "jwst_0000.pmap"


def test_without_a_cache_there_is_no_fingerprint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CRDS_PATH", raising=False)
    monkeypatch.delenv("CRDS_CONTEXT", raising=False)
    everything = RulesView(())
    assert RulesReader().fingerprint(CrdsState(), everything) == ""
    assert context_name(CrdsState()) == ""
    absent = CrdsState(str(tmp_path / "absent"), "jwst_0001.pmap")
    assert RulesReader().fingerprint(absent, everything) == ""
    assert context_name(CrdsState(context="jwst_1234")) == "jwst_1234.pmap"
