"""The table of reference types agrees with the installed data models, and finds types by any name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mkrefs.errors import UserError
from mkrefs.instruments.reference_types import INSTRUMENTS, REFERENCE_TYPES, canonical_reftype

WORDS = [(word, name) for name, entry in REFERENCE_TYPES.items() for word in (name, *entry.aliases)]


@given(st.sampled_from(WORDS), st.booleans(), st.booleans())
def test_any_name_of_a_type(pair, suffix, upper):
    word, name = pair
    word += "reffile" if suffix else ""
    assert canonical_reftype(word.upper() if upper else word) == name


@pytest.mark.parametrize(
    ("word", "near"), [("rdnois", "rdnoise"), ("gian", "gain"), ("superbiasreffle", None), ("", None)]
)
def test_a_name_of_no_type(word, near):
    with pytest.raises(UserError, match="is not a reference type") as caught:
        canonical_reftype(word)
    assert near is None or f"did you mean '{near}'?" in str(caught.value)
    assert "allowed: area, bpm, dark, " in str(caught.value)


@pytest.mark.parametrize(
    ("reftype", "instrument", "keywords"),
    [
        ("readnoise", "NIRCAM", ("DETECTOR", "READPATT", "SUBARRAY")),
        ("mask", "FGS", ("DETECTOR", "SUBARRAY", "EXP_TYPE")),
        ("mask", "MIRI", ("DETECTOR", "SUBARRAY")),
        ("dark", "NIRCAM", ("DETECTOR", "EXP_TYPE", "NOUTPUTS", "SUBARRAY")),
        ("flat", "NIRISS", ("DETECTOR", "FILTER", "PUPIL")),
        ("emicorr", "MIRI", ()),
        ("distortion", "NIRCAM", ("DETECTOR", "EXP_TYPE", "CHANNEL", "FILTER")),
        ("photom", "MIRI", ("DETECTOR", "BAND")),
    ],
)
def test_selectors(reftype, instrument, keywords):
    assert REFERENCE_TYPES[reftype].selectors[instrument] == keywords


def test_an_instrument_without_the_type():
    assert "MIRI" not in REFERENCE_TYPES["superbias"].selectors


@pytest.mark.parametrize("reftype", REFERENCE_TYPES)
def test_models_exist_and_have_the_dq_array_the_table_says(reftype):
    from stdatamodels.jwst import datamodels

    entry = REFERENCE_TYPES[reftype]
    assert set(entry.selectors) <= set(INSTRUMENTS)
    for instrument in entry.selectors:
        with getattr(datamodels, entry.model_for(instrument))() as model:
            assert ("dq" in model.schema["properties"]) == entry.has_dq


def test_the_pipeline_asks_for_no_type_the_table_lacks():
    from jwst.pipeline import Detector1Pipeline

    asked = {name for step in Detector1Pipeline.step_defs.values() for name in step.reference_file_types}
    assert asked - {"pastasoss"} <= set(REFERENCE_TYPES)
