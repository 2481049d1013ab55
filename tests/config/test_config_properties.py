"""What must hold for any configuration: values come through, layers win in order, slips are found."""

import tempfile
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from mkrefs.config import ConfigError, Overrides, label_settings, load_config
from mkrefs.config.schema import SECTIONS, LabelKeys
from mkrefs.contract.creator import Creator
from mkrefs.contract.parameters import ReferenceParameters, parameter


class PropertyParameters(ReferenceParameters):
    """One parameter of each type."""

    count: int = parameter(1, "A number.")
    level: float = parameter(1.0, "A level.")
    switch: bool = parameter(False, "A switch.")
    names: tuple[str, ...] = parameter((), "Names.")
    table: dict[str, list[int]] = parameter({}, "A table.")


class Property(Creator):
    """A creator with these parameters."""

    label = "property_label"
    reftype = "gain"
    imtypes = "DD"
    ssbsteps = {"*": "dq_init"}  # noqa: RUF012 as plugin authors write it
    unit = "DN"
    measures = "Nothing."
    Parameters = PropertyParameters

    def create(self, ramps, parameters):
        raise AssertionError("never run")


CREATORS = {Property.label: Property}

_letters = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn", "Co"), exclude_characters="$")
_text = st.text(_letters, min_size=1).filter(lambda text: not text.startswith("~"))
_header = st.text(
    st.characters(min_codepoint=32, max_codepoint=126, exclude_characters="$"), min_size=1
).filter(lambda text: not text.startswith("~"))
_part = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.+-]{0,10}", fullmatch=True)
_word = st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,12}", fullmatch=True)
_keyword = st.from_regex(r"[A-Z][A-Z0-9_-]{0,7}", fullmatch=True)
_number = st.floats(allow_nan=False, allow_infinity=False)
_pattern = st.lists(_word, min_size=1).map("|".join)

INPUTFILES = st.fixed_dictionaries(
    {},
    optional={
        "dark_pattern": _pattern,
        "flat_pattern": _pattern,
        "basenamepattern": _pattern,
        "dateobs_fitskey": _keyword,
        "timeobs_fitskey": _keyword,
        "mjdobs_fitskey": _keyword,
        "requiredfitskeys": st.lists(_keyword),
        "optionalfitskeys": st.lists(_keyword),
    },
)
OUTPUT = st.fixed_dictionaries(
    {},
    optional={
        "outrootdir": _text,
        "outsubdir": _part,
        "runID": st.just("AUTO") | st.integers(0, 10**9),
        "runIDNdigits": st.integers(1, 12),
        "addsuffix": _part,
        "ssbdir": _text,
        "skip_runID_ssbdir": st.booleans(),
        "ssblogFlag": st.booleans(),
        "ssberrorlogFlag": st.booleans(),
        "pipeline_prod_search_dir": st.lists(_word),
    },
)
PARAMETERS = st.fixed_dictionaries(
    {},
    optional={
        "author": _header,
        "description": _header,
        "count": st.integers(),
        "level": _number,
        "switch": st.booleans(),
        "names": st.lists(_text),
        "table": st.dictionaries(_word, st.lists(st.integers()), max_size=3),
    },
)
FEW_PARAMETERS = st.fixed_dictionaries(
    {}, optional={"count": st.integers(), "level": _number, "switch": st.booleans()}
)
WINDOWS = st.dictionaries(
    st.sampled_from(["D", "DD", "D+", "FF", "DDFF", "D+F+", "DDD", "I+"]),
    st.fixed_dictionaries({"max_Delta_MJD": st.floats(1e-6, 1e6)}),
)


def _load(*contents, **options):
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for number, content in enumerate(contents):
            paths.append(Path(folder) / f"{number}.yml")
            text = content if isinstance(content, str) else yaml.safe_dump(content, sort_keys=False)
            paths[-1].write_text(text, encoding="utf-8")
        return load_config(paths[0], extra=paths[1:], creators=CREATORS, **options)


def _as_tuples(values):
    return {key: tuple(value) if isinstance(value, list) else value for key, value in values.items()}


@given(inputfiles=INPUTFILES, output=OUTPUT, parameters=PARAMETERS, windows=WINDOWS)
@settings(max_examples=60, deadline=None)
def test_valid_values_come_through(inputfiles, output, parameters, windows):
    config = _load({"inputfiles": inputfiles, **windows, "output": output, Property.label: parameters})
    assert config.inputfiles.model_dump(exclude_unset=True) == _as_tuples(inputfiles)
    assert config.output.model_dump(exclude_unset=True) == _as_tuples(output)
    assert config.windows == {name: window["max_Delta_MJD"] for name, window in windows.items()}
    made = label_settings(config, Property).parameters.model_dump(exclude_unset=True)
    assert made == _as_tuples(parameters)
    assert config.warnings == ()


@given(layers=st.lists(FEW_PARAMETERS, min_size=3, max_size=4))
@settings(max_examples=60, deadline=None)
def test_the_command_line_wins_over_extra_files_over_the_main_file(layers):
    *files, last = layers
    options = tuple((Property.label, key, repr(value)) for key, value in last.items())
    config = _load(*({Property.label: values} for values in files), overrides=Overrides(label=options))
    expected = {key: value for layer in layers for key, value in layer.items()}
    assert label_settings(config, Property).parameters.model_dump(exclude_unset=True) == expected


KNOWN_KEYS = {name: tuple(model.model_fields) for name, model in SECTIONS.items()}
KNOWN_KEYS[Property.label] = (*LabelKeys.model_fields, *PropertyParameters.model_fields)
KNOWN_KEYS["DD"] = ("max_Delta_MJD",)


@given(
    data=st.data(),
    section=st.sampled_from(sorted(KNOWN_KEYS)),
    before=st.integers(0, 5),
    inside=st.integers(0, 5),
)
@settings(max_examples=60, deadline=None)
def test_an_unknown_key_is_reported_with_its_line(data, section, before, inside):
    unknown = data.draw(_word.filter(lambda word: word not in KNOWN_KEYS[section]))
    text = "# a comment\n" * before + f"{section}:\n" + "\n" * inside + f"  {unknown}: 1\n"
    with pytest.raises(ConfigError) as caught:
        _load(text)
    (problem,) = caught.value.problems
    assert (problem.line, problem.key) == (before + inside + 2, f"{section}.{unknown}")
    assert problem.message.startswith(f"unknown key '{unknown}'")
