"""The checks of selection, uncertainties, groups and evenness on plain arrays, and faults in disguise."""

from types import MappingProxyType

import numpy as np
import pytest

from mkrefs.api import CheckedFile
from mkrefs_detector.checks.coefficients import Coefficients
from mkrefs_detector.checks.content import Content
from mkrefs_detector.checks.dq_table import DqDefinition
from mkrefs_detector.checks.flags import Flagged, ReferencePixels
from mkrefs_detector.checks.groups import Groups
from mkrefs_detector.checks.level import Range, Sign, Unit
from mkrefs_detector.checks.selection import Selection
from mkrefs_detector.checks.shape import Shape
from mkrefs_detector.checks.uncertainty import Uncertainty
from mkrefs_detector.checks.values import Finite, Uniform

SIZE = 64
HEADER = MappingProxyType(
    {
        "INSTRUME": "NIRCAM", "DETECTOR": "NRCB1", "SUBARRAY": "SUB64P", "SUBSTRT1": 1851, "SUBSTRT2": 1817,
        "SUBSIZE1": SIZE, "SUBSIZE2": SIZE, "FASTAXIS": 1, "SLOWAXIS": -2, "READPATT": "RAPID",
    }
)  # fmt: skip
NRCA1 = MappingProxyType({"DETECTOR": "NRCA1", "SUBARRAY": "SUB", "SUBSTRT1": 1985, "SUBSTRT2": 1985})


def file(reftype, header=None, table=(), **images):
    """Give a file with a header, rows of DQ_DEF (bit, value, name), and arrays by name."""
    columns = [("Bit", "u4"), ("Value", "u4"), ("Name", "U40")]
    tables = {"DQ_DEF": np.array(list(table), columns)} if table else {}
    headers = {"PRIMARY": {**HEADER, **(header or {})}, **{name: {} for name in images}}
    return CheckedFile("some.fits", reftype, headers, images, tables)


def noise(*shape, level=10.0):
    return np.random.default_rng(1).normal(level, 1, shape or (SIZE, SIZE)).astype(np.float32)


def told(check, one, **limits):
    return [f"{each.severity}: {each.what}" for each in check().check(one, check.Limits(**limits))]


@pytest.mark.parametrize(
    ("reftype", "header", "said"),
    [
        ("gain", {}, []),
        ("gain", {"DETECTOR": ""}, ["error: the file does not say DETECTOR, by which CRDS selects it"]),
        ("gain", {"INSTRUME": ""}, ["error: there is no INSTRUME"]),
        ("gain", {"INSTRUME": "WFC3"}, ["error: INSTRUME is WFC3, which is none of JWST"]),
        (
            "readnoise",
            {"READPATT": "", "SUBARRAY": ""},
            ["error: the file does not say READPATT, SUBARRAY, by"],
        ),
        ("flat", {}, ["warning: the file does not say FILTER, PUPIL, by which"]),
        ("superbias", {"INSTRUME": "MIRI"}, ["warning: mkrefs knows of no SUPERBIAS files of MIRI"]),
        ("extract1d", {"DETECTOR": ""}, []),
    ],
)
def test_the_keywords_of_selection(reftype, header, said):
    found = told(Selection, file(reftype, header))
    assert len(found) == len(said)
    assert all(text.startswith(start) for text, start in zip(found, said, strict=True))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (0.2, []),
        (-0.2, ["error: 100 % of the uncertainties of usable values are negative"]),
        (np.nan, ["error: none of the uncertainties of usable values are finite"]),
        (0, ["warning: the uncertainties of all usable values are 0"]),
    ],
)
def test_uncertainties(values, said):
    one = file("flat", SCI=noise(level=1), ERR=np.full((SIZE, SIZE), values, np.float32))
    assert told(Uncertainty, one, used=True) == said
    assert values != 0 or told(Uncertainty, one) == []


def test_uncertainties_of_a_model_may_be_zero():
    one = file("flat", {"PEDIGREE": "MODEL"}, SCI=noise(level=1), ERR=np.zeros((SIZE, SIZE)))
    assert told(Uncertainty, one, used=True) == []


@pytest.mark.parametrize(
    ("header", "shape", "said"),
    [
        ({"NGROUPS": 6}, (6, 8, 8), []),
        ({"NGROUPS": 5}, (6, 8, 8), ["error: NGROUPS is 5, the array has 6 groups"]),
        ({"NGROUPS": 6, "NINTS": 3}, (2, 6, 8, 8), ["error: NINTS is 3, the array has 2 integrations"]),
        ({}, (2, 6, 8, 8), []),
    ],
)
def test_numbers_of_groups(header, shape, said):
    assert told(Groups, file("dark", header, SCI=noise(*shape))) == said


def test_a_dark_that_falls():
    ramp = noise(6, SIZE, SIZE) - 10 * np.arange(6)[:, None, None]
    (text,) = told(Groups, file("dark", SCI=ramp), fall=5)
    assert text.startswith("warning: the median falls by 50")
    assert told(Groups, file("dark", SCI=ramp)) == told(Groups, file("dark", SCI=ramp[::-1]), fall=5) == []


@pytest.mark.parametrize(
    ("reftype", "value", "pedigree", "number"),
    [
        ("readnoise", 8, "GROUND", 1),
        ("readnoise", 8, "DUMMY", 0),
        ("readnoise", 0, "GROUND", 0),
        ("dark", 0, "GROUND", 1),
        ("flat", np.nan, "GROUND", 0),
    ],
)
def test_maps_of_one_value(reftype, value, pedigree, number):
    even = np.full((SIZE, SIZE), value, np.float32)
    assert len(told(Uniform, file(reftype, {"PEDIGREE": pedigree}, SCI=even))) == number
    assert told(Uniform, file(reftype, SCI=noise())) == []


@pytest.mark.parametrize(
    ("coefficients", "said"),
    [
        ((0, 1, 1e-6, 1e-13), None),
        ((12, 0.97, 1.5e-6, -2e-12), None),
        ((0, 1), None),
        ((0, 1, 1), "turn 1000 DN into about 1.001e+06 DN"),
        ((0, 1, -1e-4), "turn 20000 DN into about -2e+04 DN"),
        ((20000, 1, 0), "turn 1000 DN into about 2.1e+04 DN"),
        ((0, 0, 0), "coefficients that are all zero"),
        ((1e-13, 1e-6, 1, 0), "the median linear coefficient is 1e-06"),
    ],
)
def test_what_polynomials_make_of_signals(coefficients, said):
    cube = np.broadcast_to(np.float32(coefficients)[:, None, None], (len(coefficients), SIZE, SIZE))
    found = told(Coefficients, file("linearity", COEFFS=cube))
    assert len(found) == (said is not None)
    assert not found or said in found[0]


def test_one_plane_without_numbers_is_enough():
    ramp = noise(200, 8, 8)
    ramp[7] = np.nan
    one = file("dark", {"SUBARRAY": "SUB", "SUBSTRT1": 100, "SUBSTRT2": 100}, SCI=ramp)
    (finding,) = Finite().check(one, Finite.Limits())
    assert (finding.what, finding.where) == (
        "only 0 % of the usable values of this plane are finite",
        "SCI[7]",
    )


@pytest.mark.parametrize(("number", "severity"), [(40, None), (82, "warning"), (205, "error")])
def test_some_values_that_are_not_finite(number, severity):
    science = noise()
    science.flat[:number] = np.nan
    found = told(Finite, file("gain", SCI=science), least=0.97, usual=0.985)
    assert [text.partition(":")[0] for text in found] == ([severity] if severity else [])


def test_a_fault_of_sign_is_none_of_size():
    limits = {"low": 0.0, "high": 65535.0, "median_low": 1.0, "median_high": 50.0}
    for value in (0, -7):
        one = file("readnoise", SCI=np.full((SIZE, SIZE), value, np.float32))
        assert told(Range, one, **limits) == []
        assert len(told(Sign, one, most=0.01, zero_is_wrong=True)) == 1
    tiny = file("readnoise", SCI=np.full((SIZE, SIZE), 1e-6, np.float32))
    assert told(Range, tiny, **limits) == ["error: the median of the usable values is 1e-06"]


@pytest.mark.parametrize(
    ("unit", "severity"),
    [("ELECTRONS/DN", None), ("electron / DN", "warning"), ("DN/ELECTRONS", "error"), ("DN", "error")],
)
def test_units_in_other_spelling(unit, severity):
    one = file("gain", SCI=noise())
    one.headers["SCI"]["BUNIT"] = unit
    found = told(Unit, one, allowed=("ELECTRONS/DN",), same=("ELECTRON/DN",))
    assert [text.partition(":")[0] for text in found] == ([severity] if severity else [])


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([(0, 1, "DO_NOT_USE"), (3, 8, "HOT")], []),
        ([(0, 0, "GOOD"), (0, 1, "DO_NOT_USE")], []),
        ([(0, 1, "hot")], ["error: bit 0 is called 'hot', which is no DQ mnemonic of the pipeline"]),
        ([(0, 1, "")], ["error: bit 0 has no name"]),
        ([(5, 33, "HOT")], ["error: HOT has bit 5 and value 33"]),
        ([(0, 1, "HOT"), (0, 1, "DEAD")], ["error: the value 1 stands there twice"]),
    ],
)
def test_rows_of_dq_def_in_any_capitalisation_of_its_columns(rows, said):
    one = file("mask", table=rows, DQ=np.zeros((SIZE, SIZE), np.uint32))
    assert told(DqDefinition, one) == said


def test_flags_of_reference_pixels_that_lie_elsewhere():
    array = np.zeros((SIZE, SIZE), np.uint32)
    array[-4:], array[:, -4:] = 1, 1
    table = [(0, 1, "REFERENCE_PIXEL")]
    assert told(ReferencePixels, file("mask", NRCA1, table, DQ=array)) == []
    (text,) = told(ReferencePixels, file("mask", NRCA1, table, DQ=array[::-1, ::-1]))
    assert text.startswith("error: 93.5 % of the pixels flagged REFERENCE_PIXEL lie where the detector has")


def test_masks_with_too_few_flags_and_too_many():
    array = np.zeros((SIZE, SIZE), np.uint32)
    table = [(0, 1, "DO_NOT_USE"), (1, 2, "HOT")]
    assert told(Flagged, file("mask", table=table, DQ=array), fewest=0.01) == [
        "warning: none of 4096 sensitive pixels is flagged"
    ]
    array.flat[:50] = 2
    assert told(Flagged, file("mask", table=table, DQ=array), fewest=0.01) == []
    array[:32, :32] = 1
    assert told(Flagged, file("mask", table=table, DQ=array), most=0.2) == [
        "error: 25 % of the sensitive pixels are excluded by DO_NOT_USE"
    ]


@pytest.mark.parametrize(
    ("reftype", "said"),
    [
        ("readnoize", "error: READNOIZE is no reference type; READNOISE may be meant"),
        ("dflat", "warning: mkrefs knows no type DFLAT, so only what holds for all types is checked"),
        ("wavecorr", "warning: mkrefs knows no type WAVECORR, so only what holds for all types is checked"),
    ],
)
def test_types_that_mkrefs_does_not_know(reftype, said):
    assert told(Content, file(reftype, SCI=noise())) == [said]


def test_flags_must_be_whole_numbers():
    assert told(Content, file("mask", DQ=noise())) == ["error: it holds values of type float32"]


@pytest.mark.parametrize(
    ("header", "said"),
    [
        (
            {"INSTRUME": "MIRI", "DETECTOR": "MIRIFULONG", "SUBARRAY": "SUB64"},
            "error: MIRIFULONG has no subarray",
        ),
        (
            {
                "INSTRUME": "NIRSPEC",
                "DETECTOR": "NRS1",
                "SUBARRAY": "SUB2048",
                "SUBSTRT1": 1,
                "SUBSTRT2": 900,
            },
            "error: SUBARRAY SUB2048 of NRS1: 64 x 64 pixels from 1, 900",
        ),
    ],
)
def test_places_that_cannot_be(header, said):
    place = {"SUBSTRT1": 1, "SUBSTRT2": 1}
    found = told(Shape, file("gain", {**place, **header}, SCI=noise()))
    assert [text.startswith(said) for text in found] == [True]


def test_rows_of_nirspec_depend_on_the_grating():
    header = {
        "INSTRUME": "NIRSPEC", "DETECTOR": "NRS1", "SUBARRAY": "SUB512S", "SUBSTRT1": 1025, "SUBSTRT2": 970,
        "SUBSIZE1": 512, "SUBSIZE2": 16,
    }  # fmt: skip
    science = np.ones((16, 512), np.float32)
    assert [text[:7] for text in told(Shape, file("gain", header, SCI=science))] == ["warning"]
    assert [text[:5] for text in told(Shape, file("gain", {**header, "SUBSTRT2": 1}, SCI=science))] == [
        "error"
    ]
