"""The form: who answers what, what is refused, and what comes back from a form that people edited."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from mkrefs.delivery.answers import given_answers, read_answers
from mkrefs.delivery.facts import Fact
from mkrefs.delivery.fields import BY_NAME, FIELDS, Source, printable
from mkrefs.delivery.filling import fill
from mkrefs.delivery.form import OPEN, added_comments, edited_answers, form_text
from mkrefs.errors import UserError

#: The fields of the form in their order, as those who deliver know them.
ORDER = (
    *("deliverer", "instrument", "file_type", "history_updated", "pedigree_updated", "keywords_checked"),
    *("descrip_updated", "useafter_updated", "useafter_matches", "compliance_verified", "ingest_files"),
    *("etc_delivery", "calpipe_version", "replacement_files", "old_reference_files", "replacing_badfiles"),
    *("jira_issue", "modes_affected", "change_level", "correctness_testing", "additional_considerations"),
    "description",
)
texts = st.text(st.characters(codec="ascii", min_codepoint=32, max_codepoint=126), min_size=1).filter(
    str.strip
)


def values_of(field):
    if field.flag:
        return st.booleans()
    if field.choices:
        return st.sampled_from(field.choices)
    if field.name == "description":
        return texts.map(printable).filter(bool)
    return st.lists(texts.map(str.strip), min_size=1, max_size=3).map("\n".join)


def test_the_fields_are_those_of_the_form_in_its_order():
    assert [field.name for field in FIELDS] == list(ORDER)
    asked = {field.name for field in FIELDS if field.source is Source.ASKED and field.required}
    assert asked == {"deliverer", "ingest_files", "etc_delivery", "replacing_badfiles", "change_level"}


@given(st.fixed_dictionaries({name: values_of(field) for name, field in BY_NAME.items()}))
def test_what_is_written_is_read_back(tmp_path_factory, answers):
    form = fill({}, answers)
    path = tmp_path_factory.mktemp("form") / "form.yml"
    path.write_text(form_text(form))
    assert read_answers(path) == answers
    assert form.missing == ()


def test_what_is_not_known_is_empty_and_marked():
    form = fill({}, {})
    text = form_text(form)
    assert {field.name for field in form.missing} == {field.name for field in FIELDS if field.required}
    assert text.count(f"# {OPEN}.") == len(form.missing)
    assert set(yaml.safe_load(text).values()) == {None, ""}


@pytest.mark.parametrize(
    ("name", "answer", "value", "told"),
    [
        ("instrument", "miri", "nircam", "this stands"),
        ("replacing_badfiles", "Yes", "N/A", "this stands"),
        ("history_updated", False, False, "your answer stands"),
        ("description", "Mine.", "Mine.", ""),
    ],
)
def test_facts_stand_judgements_yield(name, answer, value, told):
    facts = {
        "instrument": Fact("nircam", "INSTRUME"),
        "replacing_badfiles": Fact("N/A", "none replaced"),
        "history_updated": Fact(True, "HISTORY is there"),
        "description": Fact("A draft.", "a draft"),
    }
    form = fill(facts, {name: answer})
    (entry,) = [entry for entry in form.entries if entry.field.name == name]
    assert entry.value == value
    assert [each.rpartition("; ")[2] for each in form.contradictions] == ([told] if told else [])


@pytest.mark.parametrize(
    ("name", "answer", "said"),
    [
        ("delivrer", "x", "no field 'delivrer' (did you mean 'deliverer')"),
        ("zzz", "x", "its fields are deliverer, instrument"),
        ("change_level", "BIG", "allowed are SEVERE, MODERATE, TRIVIAL"),
        ("etc_delivery", "maybe", "allowed is true or false"),
        ("description", "100 %", "description holds '%'"),
    ],
)
def test_answers_that_the_form_does_not_have_are_refused(name, answer, said):
    with pytest.raises(UserError) as error:
        given_answers([(name, answer)])
    assert said in str(error.value)


def test_answers_are_understood_as_people_write_them(tmp_path):
    path = tmp_path / "answers.yml"
    path.write_text(
        "etc_delivery: no\nreplacing_badfiles: no\njira_issue: [A-1, A-2]\nchange_level: severe\ndeliverer:\n"
    )
    assert read_answers(path) == {
        "etc_delivery": False,
        "replacing_badfiles": "No",
        "jira_issue": "A-1, A-2",
        "change_level": "SEVERE",
    }


@pytest.mark.parametrize("content", ["- a\n", "a: [\n", "deliverer: {a: b}\n", "\udcff"])
def test_files_that_hold_no_answers_are_refused(tmp_path, content):
    path = tmp_path / "answers.yml"
    path.write_bytes(content.encode(errors="surrogateescape"))
    with pytest.raises(UserError, match=r"answers\.yml"):
        read_answers(path)
    with pytest.raises(UserError, match="cannot be read"):
        read_answers(tmp_path / "none.yml")


def test_edits_and_comments_of_people_are_told_from_what_was_written():
    before = form_text(fill({"history_updated": Fact(True, "there")}, {}))
    now = before.replace("deliverer:", "# ask Joe\n# or Ann\ndeliverer: Joe") + "# at the end\n"
    assert added_comments(now, before) == {"deliverer": ["# ask Joe", "# or Ann"], "": ["# at the end"]}
    values = {"deliverer": "Joe", "history_updated": True}
    assert edited_answers(values, {"deliverer": None, "history_updated": True}) == {"deliverer": "Joe"}
    text = form_text(fill({}, {"deliverer": "Joe"}), added_comments(now, before))
    assert "# ask Joe\n# or Ann\ndeliverer: Joe\n" in text
    assert text.endswith("# at the end\n")
