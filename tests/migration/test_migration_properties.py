"""What holds for every configuration, put together from lines of old ones."""

import re

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from mkrefs.migration import Kind, migrate_text
from mkrefs.registry.plugins import load_plugins

CREATORS = load_plugins().creators
COMMENTS = ("", "  # why", " # 'so'")
VALUES = ("1", "010", "5.", "u'a'", "10L", "None", "yes", "2019-04-01", "[a, 'b']", "{a: 1}", "'a # b'", "")
SECTIONS = {
    "inputfiles": (
        *(f"dark_pattern: {value}" for value in ("Bias|Dark", "[Bias, Dark]", "['a: b', c]")),
        "flat_pattern:\n   - GAIN\n   # comment\n   - LIN",
        "requiredfitskeys: [NGROUP, NINTS]",
        "optionalfitskeys: NINT,FILTER",
        "mjdobs_fitskey:",
    ),
    "output": ("runID: run003", "runID: 010", "runID:", "addsuffix: 007", "ssbdir: None", "outsubdir: a/b"),
    "batch": ("batch_enabled: True", "batchmode: condor"),
    "ssbstep": ("gainreffile: CRDS", "rdnreffile: SELF"),
    "reffile4ssb": ("gain: CRDS", "rdn: /ref/a.fits"),
    "DD": ("max_Delta_MJD: 2.0",),
    "FFDD": ("max_Delta_MJD: 3",),
    "DDFF": ("max_Delta_MJD: 4.",),
}
STEPS = (
    "slope-",
    "refpix+",
    "dq, sat",
    "[dq, lin]",
    "persistence-",
    "bpm",
    "group_scale-",
    "rate-",
    "dark_current-",
)
LABEL_LINES = (
    *(f"ssbsteps: {value}" for value in STEPS),
    *(f"imtypes: {value}" for value in ("D", "[F+, D+]", "F,D", "DX", "FFDD")),
    *(f"reftype: {value}" for value in ("rdn", "gain", "lin")),
    *(f"mine: {value}" for value in VALUES),
    "verbose: 3",
    "use_after: 2019-04-01",
    "output:\n     addsuffix: a",
    "reffile4ssb:\n     bpmreffile: /bla/bpm.fits",
)


def sections(name: str, lines: tuple[str, ...]) -> st.SearchStrategy[str]:
    body = st.lists(st.tuples(st.sampled_from(lines), st.sampled_from(COMMENTS)), max_size=4)
    return body.map(lambda chosen: "".join([f"{name}:\n", *(_indented(*line) for line in chosen)]))


def _indented(line: str, comment: str) -> str:
    """Indent a line; a comment goes where it cannot become part of a value."""
    return f"   {line}{comment if '#' not in line else ''}\n"


CONFIGURATIONS = st.lists(
    st.one_of(
        *(sections(name, lines) for name, lines in SECTIONS.items()),
        *(sections(name, LABEL_LINES) for name in ("readnoise", "bpm", "gain_armin")),
        st.sampled_from(["instrument: MIRI\n", "# comment\n", "\n", "test1: 4\n", "reftypes: [bpm, rdn]\n"]),
    ),
    max_size=6,
).map("".join)


@given(CONFIGURATIONS)
def test_migrating_what_is_migrated_changes_nothing(text):
    new, _ = migrate_text(text, "old.cfg", CREATORS)
    again, findings = migrate_text(new, "new.yml", CREATORS)
    assert again == new
    assert [finding for finding in findings if finding.kind is Kind.CHANGED] == []


@given(CONFIGURATIONS)
def test_lines_and_comments_stay(text):
    new, _ = migrate_text(text, "old.cfg", CREATORS)
    assert len(new.splitlines()) == len(text.splitlines())
    for before, after in zip(text.splitlines(), new.splitlines(), strict=True):
        comment = re.search(r"# (why|'so'|comment)$", before)
        assert comment is None or after.endswith(comment[0])


@given(CONFIGURATIONS)
def test_a_text_is_changed_just_where_it_is_told(text):
    new, findings = migrate_text(text, "old.cfg", CREATORS)
    assert yaml.safe_load(new) is None or isinstance(yaml.safe_load(new), dict)
    told = [finding.line for finding in findings if finding.kind is Kind.CHANGED]
    pairs = zip(text.splitlines(), new.splitlines(), strict=True)
    changed = [number for number, (before, after) in enumerate(pairs, 1) if before != after]
    assert bool(told) == bool(changed)
    assert set(told) <= set(changed)


@given(st.text(max_size=60))
def test_any_text_is_migrated_or_refused_in_one_sentence(text):
    from mkrefs.errors import UserError

    try:
        new, _ = migrate_text(text, "old.cfg", CREATORS)
    except UserError as error:
        assert str(error).startswith("old.cfg")
        assert "\n" not in str(error)
    else:
        assert migrate_text(new, "new.yml", CREATORS)[0] == new


@pytest.mark.parametrize("name", ["documented-example", "early", "python2", "last_version", "undecided"])
def test_migrating_a_whole_file_twice_changes_nothing_more(old_configuration, name):
    text = old_configuration(name).read_text()
    new, _ = migrate_text(text, "old.cfg", CREATORS)
    assert migrate_text(new, "new.yml", CREATORS)[0] == new
    assert (new == text) == (name == "documented-example")
