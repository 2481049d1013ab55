"""What comparisons come to: equal, consistent, changed, suspicious, each with its sentence."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mkrefs.comparison.arrays import compare_arrays
from mkrefs.comparison.compare_files import compare_files
from mkrefs.comparison.judged_arrays import array_reasons
from mkrefs.comparison.limits import BY_TYPE, limits_for
from mkrefs.comparison.previous import Previous
from mkrefs.comparison.reasons import Level
from mkrefs.instruments.dq import PIXEL_DQ

RNG = np.random.default_rng(1)
NOISE = RNG.normal(12.0, 1.5, (40, 40))
FLAGS = ("DO_NOT_USE", "HOT", "DEAD")


@pytest.fixture
def verdict(reference):
    """Judge arrays of a type against others; give verdict and sentences."""

    def verdict(reftype, new, previous, *, changed=None, **keywords):
        files: list[Path] = []
        for name, arrays, further in (("new", new, changed or {}), ("old", previous, {})):
            arrays = arrays if isinstance(arrays, dict) else {"SCI": arrays}
            files.append(
                reference(
                    f"{name}.fits",
                    reftype,
                    {key: array.astype("u4" if key == "DQ" else "f4") for key, array in arrays.items()},
                    flags=FLAGS if "DQ" in arrays else (),
                    **{**keywords, **further},
                )
            )
        found = compare_files(files[0], Previous(files[1], "given"), None, where="old").verdict
        assert found is not None
        return found.verdict, found.sentences

    return verdict


def again(values, relative, seed=2):
    """Measure the same once more."""
    return values * np.random.default_rng(seed).normal(1.0, relative, values.shape)


def test_two_good_measurements_are_consistent(verdict):
    found, sentences = verdict("READNOISE", again(NOISE, 0.07), again(NOISE, 0.07, 3))
    assert found is Level.CONSISTENT
    assert sentences == (f"SCI: the median of new / previous is {_ratio(sentences[0])} (limit 1 +- 0.05).",)


def _ratio(sentence):
    return sentence.split(" is ")[1].split(" ")[0]


@pytest.mark.parametrize(
    ("reftype", "change", "level", "said"),
    [
        ("READNOISE", lambda d: d * 1.1, Level.CHANGED, "the median of new / previous is 1.1 (limit 1"),
        ("READNOISE", lambda d: d / np.sqrt(2), Level.SUSPICIOUS, "noise of a CDS pair against"),
        ("READNOISE", lambda d: d * 2.05, Level.SUSPICIOUS, "electrons against DN (the gain of NIRCAM is"),
        ("READNOISE", lambda d: d * 0 + 12, Level.SUSPICIOUS, "most values of the new file are the same"),
        ("READNOISE", lambda d: -d, Level.SUSPICIOUS, "has one of them the wrong sign?"),
        ("READNOISE", lambda d: d[::-1], Level.SUSPICIOUS, "when it is mirrored upside down"),
        ("READNOISE", lambda d: np.where(d > 15, np.nan, d), Level.CHANGED, "values (2."),
        ("READNOISE", lambda d: np.where(d > 12, np.nan, d), Level.SUSPICIOUS, "are not finite any more"),
        (
            "READNOISE",
            lambda d: np.random.default_rng(9).permutation(d.ravel()).reshape(d.shape),
            Level.CHANGED,
            "hardly go together",
        ),
        ("GAIN", lambda d: 1 / d, Level.SUSPICIOUS, "is it electrons/DN against DN/electron?"),
        ("GAIN", lambda d: d * 2, Level.SUSPICIOUS, "a difference of two frames that was not halved"),
        ("FLAT", lambda d: again(d, 0.3), Level.CHANGED, "the values scatter"),
        ("DARK", lambda d: d + (np.arange(40) % 2)[:, None] * 3, Level.CHANGED, "rows differ in level by"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(verdict, reftype, change, level, said):
    before = {"GAIN": NOISE / 6, "FLAT": NOISE / 12, "DARK": NOISE - 12}.get(reftype, NOISE)
    found, sentences = verdict(reftype, again(change(before), 0.005), before)
    if reftype == "READNOISE" and "same" in said:
        found, sentences = verdict(reftype, change(before), before)
    assert said in " ".join(sentences)
    assert found is level
    assert sentences[0].endswith((".", "?"))


def test_errors_are_used_where_both_files_have_them(verdict):
    bias = 10000 + 100 * NOISE
    errors = np.full(bias.shape, 1.0)
    drawn = [bias + np.random.default_rng(seed).normal(0, 1, bias.shape) for seed in (4, 5)]
    found, _ = verdict("SUPERBIAS", {"SCI": drawn[0], "ERR": errors}, {"SCI": drawn[1], "ERR": errors})
    assert found is Level.CONSISTENT
    found, said = verdict("SUPERBIAS", {"SCI": drawn[0] + 5, "ERR": errors}, {"SCI": drawn[1], "ERR": errors})
    assert found is Level.CHANGED
    assert any("times the errors of both files (limit 0.5)" in sentence for sentence in said)
    found, said = verdict(
        "SUPERBIAS", {"SCI": drawn[0], "ERR": errors / 5}, {"SCI": drawn[1], "ERR": errors / 5}
    )
    assert any("as much as the errors of both files explain" in sentence for sentence in said)


def test_numbers_of_samples_make_no_verdict(verdict):
    previous = {"SCI": NOISE, "ERR": NOISE / 10, "NSAMPLES": NOISE}
    found, said = verdict("READNOISE", {**previous, "NSAMPLES": 3 * NOISE}, previous)
    assert found is Level.CONSISTENT
    assert said == ("The files are not the same, but differ within all limits.",)
    found, _ = verdict("SOME", {"SCI": NOISE, "NSAMPLES": 3 * NOISE}, {"SCI": NOISE, "NSAMPLES": NOISE})
    assert found is Level.SUSPICIOUS


def test_errors_on_another_scale_are_not_suspicious(verdict):
    bias, nearly_none = 10000 + 100 * NOISE, 0.001 * (NOISE - 12)
    found, said = verdict(
        "SUPERBIAS", {"SCI": bias, "ERR": 7 + nearly_none}, {"SCI": bias, "ERR": nearly_none}
    )
    assert found is Level.CHANGED
    assert any(sentence.startswith("ERR: the median of new - previous is 7") for sentence in said)


def masks(**flags):
    dq = np.zeros((40, 40))
    for name, pixels in flags.items():
        dq.flat[list(pixels)] += PIXEL_DQ[name]
    return {"DQ": dq}


@pytest.mark.parametrize(
    ("after", "level", "said"),
    [
        (masks(HOT=range(60), DO_NOT_USE=range(60)), Level.EQUAL, "All arrays and flags are the same."),
        (masks(HOT=range(62), DO_NOT_USE=range(62)), Level.CONSISTENT, "DQ: 2 pixels changed flags, 0.12%."),
        (
            masks(HOT=range(90), DO_NOT_USE=range(90)),
            Level.CHANGED,
            "30 pixels newly excluded by DO_NOT_USE and 0 newly used, 1.88% of all (limit 0.5%); "
            "60 before, 90 now.",
        ),
        (masks(HOT=range(300), DO_NOT_USE=range(300)), Level.SUSPICIOUS, "a factor of more than 3"),
        (
            masks(DEAD=range(60), DO_NOT_USE=range(60)),
            Level.SUSPICIOUS,
            "none of the pixels that were flagged HOT (60) is so any more",
        ),
        (
            masks(HOT=range(40, 100), DO_NOT_USE=range(40, 100)),
            Level.CHANGED,
            "of 60 pixels that were excluded only 20 still are",
        ),
    ],
)
def test_masks(verdict, after, level, said):
    found, sentences = verdict("MASK", after, masks(HOT=range(60), DO_NOT_USE=range(60)))
    assert said in " ".join(sentences)
    assert found is level


@pytest.mark.parametrize(
    ("pixels", "level", "said"),
    [
        (range(79), Level.CHANGED, "0 before, 79 now."),
        (range(81), Level.SUSPICIOUS, "0 before, 81 now: more than 5% of all, where none was."),
    ],
)
def test_the_first_excluded_pixels_are_no_mistake_while_they_are_few(verdict, pixels, level, said):
    found, sentences = verdict("MASK", masks(HOT=pixels, DO_NOT_USE=pixels), masks())
    assert said in " ".join(sentences)
    assert found is level


@pytest.mark.parametrize(
    ("keywords", "level", "said"),
    [
        ({"BUNIT": "electron"}, Level.SUSPICIOUS, "SCI is in electron, before in DN."),
        ({"BUNIT": "dn "}, Level.EQUAL, "All arrays"),
        (
            {"FASTAXIS": 1},
            Level.SUSPICIOUS,
            "FASTAXIS is 1, before -1: the detector is read in one way only.",
        ),
        ({"READPATT": "DEEP8"}, Level.CHANGED, "the files are not for the same exposures."),
        ({"READPATT": "ANY"}, Level.EQUAL, "All arrays"),
        ({"PEDIGREE": "DUMMY"}, Level.CHANGED, "PEDIGREE is DUMMY, before GROUND: a step back."),
        (
            {"USEAFTER": "2020-01-01T00:00:00"},
            Level.EQUAL,
            "the previous file stays in use for exposures from",
        ),
    ],
)
def test_keywords_and_units(verdict, keywords, level, said):
    told = {"BUNIT": "DN", "FASTAXIS": -1, "READPATT": "RAPID", "PEDIGREE": "GROUND"}
    found, sentences = verdict("READNOISE", NOISE, NOISE, changed=keywords, **told)
    assert found is level
    assert said in " ".join(sentences)


def test_arrays_that_one_file_lacks(verdict):
    assert verdict("FLAT", {"SCI": NOISE}, {"SCI": NOISE, "ERR": NOISE}) == (
        Level.CHANGED,
        ("The new file lacks ERR.",),
    )
    assert verdict("FLAT", {"SCI": NOISE, "ERR": NOISE}, {"SCI": NOISE})[0] is Level.CONSISTENT


@given(st.sampled_from([*BY_TYPE, "dark"]), st.floats(0.01, 100.0), st.integers(0, 99))
def test_the_greater_the_change_the_graver_the_verdict(reftype, factor, seed):
    """A scale that is further from 1 never has a milder verdict; scale and inverse are judged alike."""
    values = np.random.default_rng(seed).normal(12.0, 1.0, (20, 20))

    def gravity(scale):
        found, _ = compare_arrays(values * scale, values)
        reasons = array_reasons("SCI", found, limits_for(reftype, "SCI"), reftype, "NIRCAM")
        return max((reason.level.gravity for reason in reasons if "median" in reason.sentence), default=0)

    further = factor * 1.5 if factor > 1 else factor / 1.5
    assert gravity(further) >= gravity(factor)
    assert abs(gravity(factor) - gravity(1 / factor)) <= (1 if 0.7 < factor < 1.5 else 0)
