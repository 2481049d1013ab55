"""Each check on plain arrays: what it finds, what it lets through, and where the line is."""

from types import MappingProxyType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mkrefs.api import PIXEL_DQ, CheckedFile, MadeFrom
from mkrefs_detector.checks.coefficients import Coefficients, Kernel
from mkrefs_detector.checks.content import Content
from mkrefs_detector.checks.dq_table import DqDefinition
from mkrefs_detector.checks.flags import DqPolicy, Flagged, ReferencePixels
from mkrefs_detector.checks.level import Range, Sign, Unit
from mkrefs_detector.checks.pixels import usable_pixels
from mkrefs_detector.checks.read_out import Axes, ReadPattern, Subarray
from mkrefs_detector.checks.shape import Shape
from mkrefs_detector.checks.values import Finite

SIZE = 64
HEADER = MappingProxyType(
    {
        "INSTRUME": "NIRCAM", "DETECTOR": "NRCB1", "SUBARRAY": "SUB64P", "SUBSTRT1": 1851, "SUBSTRT2": 1817,
        "SUBSIZE1": SIZE, "SUBSIZE2": SIZE, "FASTAXIS": 1, "SLOWAXIS": -2, "READPATT": "RAPID",
    }
)  # fmt: skip
COLUMNS = [("BIT", "u4"), ("VALUE", "u4"), ("NAME", "U40")]


def file(reftype="gain", header=None, *, flags=(), made_from=None, history=(), science=None, **images):
    """Give a file with a header and arrays; `flags` are the mnemonics of DQ_DEF from bit 0 on."""
    arrays = {"SCI": science} if science is not None else {}
    rows = [(bit, 1 << bit, name) for bit, name in enumerate(flags)]
    tables = {"DQ_DEF": np.array(rows, COLUMNS)} if flags else {}
    headers = {"PRIMARY": {**HEADER, **(header or {})}, "SCI": {}, **{name: {} for name in images}}
    return CheckedFile("some.fits", reftype, headers, {**arrays, **images}, tables, history, made_from)


def ones(*shape, value=1.0):
    return np.full(shape or (SIZE, SIZE), value, np.float32)


def dq(**pixels):
    """Give a DQ array: a number of pixels for each value, `n5=3` sets 5 in three of them."""
    array, place = np.zeros((SIZE, SIZE), np.uint32), 0
    for value, number in pixels.items():
        array.flat[place : place + number] = int(value[1:])
        place += number
    return array


def found(check, what, **limits):
    return [(each.severity.value, each.what) for each in check().check(what, check.Limits(**limits))]


def errors(check, what, **limits):
    return [text for severity, text in found(check, what, **limits) if severity == "error"]


# -------------------------------------------------------------------------------------------------- values


@pytest.mark.parametrize(("number", "passes"), [(0, True), (40, True), (41, False), (4096, False)])
def test_finite_counts_usable_values(number, passes):
    science = ones()
    science.flat[:number] = np.nan
    assert (not errors(Finite, file(science=science))) == passes


def test_what_the_file_excludes_need_not_be_finite():
    science, flags = ones(), dq(n1=2000)
    science.flat[:2000] = np.inf
    assert errors(Finite, file("flat", science=science, DQ=flags, flags=("DO_NOT_USE",))) == []
    assert errors(Finite, file("flat", science=science, DQ=flags, flags=("HOT",))) != []


def test_reference_pixels_need_not_be_finite():
    header = {"DETECTOR": "NRCA1", "SUBARRAY": "FULL", "SUBSTRT1": 1, "SUBSTRT2": 1}
    science = ones()
    science[:4], science[:, :4] = np.nan, np.nan
    assert errors(Finite, file(science=science, header=header), least=1) == []
    assert usable_pixels(file(header=header), science.shape).sum() == 60 * 60


def test_a_column_of_a_table_must_hold_something():
    table = np.array([(1.0, np.nan), (2.0, np.nan)], [("GOOD", "f8"), ("EMPTY", "f8")])
    one = CheckedFile("t.fits", "trappars", {"PRIMARY": {}}, {}, {"TRAPPARS": table})
    (finding,) = Finite().check(one, Finite.Limits())
    assert finding.where == "TRAPPARS.EMPTY"


@pytest.mark.parametrize(
    ("unit", "passes"),
    [("DN", True), ("dn", True), (" DN ", True), ("electron", False), ("DN/s", False), (None, False)],
)
def test_units(unit, passes):
    one = file("readnoise", science=ones())
    one.headers["SCI"].update({} if unit is None else {"BUNIT": unit})
    assert (not errors(Unit, one, allowed=("DN",), required=True)) == passes
    assert errors(Unit, one) == []


def test_a_unit_that_is_not_required_may_be_missing_but_not_wrong():
    one = file("dark", science=ones(3, SIZE, SIZE))
    assert errors(Unit, one, allowed=("DN",)) == []
    one.headers["PRIMARY"]["BUNIT"] = "DN/s"
    assert errors(Unit, one, allowed=("DN",)) == ["the unit is 'DN/s'"]


def test_the_median_of_the_last_plane_counts():
    cube = np.stack([ones(value=value) for value in (0, 5, 9)])
    limits = {"median_low": 1, "median_high": 10, "usual_high": 8}
    assert found(Range, file("dark", science=cube), **limits) == [
        ("warning", "the median of the usable values is 9")
    ]
    assert errors(Range, file("dark", science=cube[:1]), **limits) == ["the median of the usable values is 0"]


@given(share=st.floats(0, 1))
def test_values_outside_are_counted(share):
    science = ones()
    number = round(share * science.size)
    science.flat[:number] = 99
    wrong = errors(Range, file(science=science), high=10, outside=0.05)
    assert bool(wrong) == (number > 0.05 * science.size)


@pytest.mark.parametrize(
    ("value", "zero", "passes"),
    [(1, True, True), (0, True, False), (0, False, True), (-1, False, False), (np.nan, True, True)],
)
def test_signs(value, zero, passes):
    one = file(science=ones(value=value))
    assert (not errors(Sign, one, most=0.1, zero_is_wrong=zero)) == passes
    assert errors(Sign, one) == []


# -------------------------------------------------------------------------------- coefficients and kernels


@pytest.mark.parametrize(
    ("constant", "linear", "passes"),
    [(0, 1, True), (0, 0.9, True), (0, 0, False), (5, 0, False), (0, 3, False), (0, -1, False)],
)
def test_coefficients(constant, linear, passes):
    cube = np.stack([ones(value=constant), ones(value=linear), ones(value=1e-6)])
    assert (not errors(Coefficients, file("linearity", COEFFS=cube))) == passes


def test_pixels_without_a_correction_may_have_no_coefficients():
    cube = np.stack([ones(value=0), ones(), ones(value=0)])
    cube[:, :32] = 0
    one = file("linearity", COEFFS=cube, DQ=dq(n1=32 * SIZE), flags=("NO_LIN_CORR",))
    assert errors(Coefficients, one) == []
    assert len(errors(Coefficients, file("linearity", COEFFS=cube))) == 1


def test_coefficients_need_a_linear_term():
    assert errors(Coefficients, file("linearity", COEFFS=ones(1, SIZE, SIZE))) != []
    assert errors(Content, file("linearity", COEFFS=ones())) != []


def kernel(rows=3, columns=3, share=0.005):
    made = np.zeros((rows, columns))
    made[rows // 2, columns // 2] = 1 - 4 * share
    for row, column in ((0, 1), (2, 1), (1, 0), (1, 2)):
        made[row + rows // 2 - 1, column + columns // 2 - 1] += share
    return made


def test_kernels():
    assert errors(Kernel, file("ipc", science=kernel())) == []
    assert errors(Kernel, file("ipc", science=kernel(5, 3))) == []
    assert errors(Kernel, file("ipc", science=kernel() * 1.001)) == ["the sum is 1.001"]
    assert errors(Kernel, file("ipc", science=kernel(share=0.2))) == ["the value in the centre is 0.2"]
    assert "has no centre" in errors(Kernel, file("ipc", science=np.ones((4, 3)) / 12))[0]
    assert len(errors(Finite, file("ipc", science=np.full((3, 3), np.nan)))) == 1
    negative = kernel() + np.array([[0, -0.1, 0], [0, 0.1, 0], [0, 0, 0]])
    assert errors(Kernel, file("ipc", science=negative)) == ["the smallest value is -0.095"]
    assert errors(Kernel, file("ipc", science=np.roll(kernel(), 1))) == ["the value in the centre is 0.005"]


def test_kernels_of_all_pixels():
    many = np.repeat(np.repeat(kernel()[:, :, None, None], 4, axis=2), 5, axis=3)
    assert errors(Kernel, file("ipc", science=many)) == []
    assert "larger than their map" in errors(Kernel, file("ipc", science=np.ones((65, 65, 3, 3))))[0]
    many[1, 1, 2, 3] += 0.5
    assert errors(Kernel, file("ipc", science=many)) == ["the sum is in 1 of 20 kernels, first 1.5"]


# ------------------------------------------------------------------------------------------------ read-out


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ({}, []),
        ({"FASTAXIS": -1}, ["FASTAXIS is -1, which is wrong for NRCB1"]),
        ({"FASTAXIS": -1, "SLOWAXIS": 2}, ["FASTAXIS is -1 and SLOWAXIS is 2, which is wrong for NRCB1"]),
        (
            {"DETECTOR": "NRCA1"},
            ["FASTAXIS is 1 and SLOWAXIS is -2, which is wrong for NRCA1 (so NRCA2, NRCA4"],
        ),
        ({"INSTRUME": "WFC3"}, []),
        ({"DETECTOR": "NIS"}, ["NIRCAM has no detector NIS"]),
        ({"DETECTOR": "N/A", "FASTAXIS": 7}, []),
    ],
)
def test_axes(header, said):
    wrong = errors(Axes, file(header=header))
    assert len(wrong) == len(said)
    assert all(text.startswith(start) for text, start in zip(wrong, said, strict=True))


@pytest.mark.parametrize(
    ("header", "severity", "said"),
    [
        ({}, None, ""),
        ({"READPATT": "ANY"}, None, ""),
        ({"READPATT": "NISRAPID"}, "error", "is a read pattern of NIRISS, not of NIRCAM"),
        ({"READPATT": "SPECIAL"}, "warning", "no read pattern of NIRCAM that mkrefs knows"),
        ({"NFRAMES": 4, "GROUPGAP": 1}, "error", "groups of 4 frames with gaps of 1 are of another"),
        ({"NFRAMES": 1, "GROUPGAP": 0}, None, ""),
        ({"READPATT": ""}, None, ""),
        ({"INSTRUME": "NIRSPEC", "READPATT": "NRSIRS2"}, "error", "SUB64P cannot be read with IRS2"),
    ],
)
def test_read_patterns(header, severity, said):
    findings = found(ReadPattern, file("readnoise", header=header))
    assert [each[0] for each in findings] == ([severity] if severity else [])
    assert all(said in text for _, text in findings)


def test_read_patterns_of_the_exposures_go_before_history():
    taken = MadeFrom({"READPATT": ("RAPID", "BRIGHT1")}, "the plan")
    assert errors(ReadPattern, file("readnoise", made_from=taken, history=("READPATT DEEP8",))) == []
    assert errors(ReadPattern, file("readnoise", history=("READPATT DEEP8",))) != []
    header = {"READPATT": "DEEP8"}
    assert len(errors(ReadPattern, file("readnoise", header=header, made_from=taken))) == 1


@pytest.mark.parametrize(
    ("keyword", "value", "number"), [("SUBARRAY", "FULL", 1), ("SUBARRAY", "GENERIC", 0), ("SUBSTRT1", 1, 1)]
)
def test_places_of_the_exposures(keyword, value, number):
    taken = MadeFrom({name: (str(given).upper(),) for name, given in HEADER.items()}, "the plan")
    assert len(errors(Subarray, file(header={keyword: value}, made_from=taken))) == number
    assert errors(Subarray, file(header={keyword: value})) == []


@pytest.mark.parametrize(
    ("header", "severity", "said"),
    [
        ({}, None, ""),
        ({"SUBSTRT1": 1, "SUBSTRT2": 1}, "error", "SUBARRAY SUB64P of NRCB1: 64 x 64 pixels from 1, 1"),
        ({"SUBARRAY": "UNKNOWN"}, None, ""),
        ({"SUBARRAY": "GENERIC"}, "error", "SUBARRAY GENERIC of NRCB1: 64 x 64 pixels from 1851"),
        (
            {"SUBARRAY": "UNKNOWN", "SUBSTRT1": 2000},
            "error",
            "64 x 64 pixels from 2000, 1817 do not lie on NRCB1",
        ),
        ({"SUBSIZE1": None}, "warning", "the file does not say SUBSIZE1"),
    ],
)
def test_corners_and_sizes(header, severity, said):
    findings = found(Shape, file(header=header, science=ones()))
    assert [each[0] for each in findings] == ([severity] if severity else [])
    assert all(text.startswith(said) for _, text in findings)


def test_arrays_have_the_size_of_their_subarray():
    one = file("flat", science=ones(), ERR=ones(SIZE, SIZE - 1), DQ=dq())
    assert errors(Shape, one) == ["the array has 63 x 64 pixels, the subarray 64 x 64"]
    both = file("flat", science=ones(SIZE, SIZE - 1), ERR=ones(SIZE, SIZE - 1), DQ=dq())
    assert errors(Shape, both) == ["the arrays have 63 x 64 pixels, the subarray 64 x 64"]
    assert errors(Shape, file("ipc", science=np.ones((3, 3)))) == []


def test_frames_of_irs2_may_be_longer():
    header = {
        "INSTRUME": "NIRSPEC", "DETECTOR": "NRS1", "SUBARRAY": "FULL", "SUBSTRT1": 1, "SUBSTRT2": 1,
        "SUBSIZE1": 2048, "SUBSIZE2": 2048,
    }  # fmt: skip
    frame = np.broadcast_to(np.float32(1), (3200, 2048))
    for pattern in ("NRSIRS2", "", "ANY"):
        assert errors(Shape, file("superbias", {**header, "READPATT": pattern}, science=frame)) == []
    assert len(errors(Shape, file("superbias", {**header, "READPATT": "NRS"}, science=frame))) == 1


# --------------------------------------------------------------------------------------------------- flags


def test_every_mnemonic_of_the_pipeline_is_known():
    one = file("mask", DQ=np.full((SIZE, SIZE), 2**32 - 1, np.uint32), flags=tuple(PIXEL_DQ))
    assert found(DqDefinition, one) == []


@given(st.sets(st.integers(0, 31), max_size=6), st.integers(0, 31))
def test_undeclared_bits_are_found(bits, declared):
    array = dq()
    for place, bit in enumerate(sorted(bits)):
        array[3, place] = 1 << bit
    names = list(PIXEL_DQ)[: declared + 1]
    wrong = errors(DqDefinition, file("mask", DQ=array, flags=tuple(names)))
    beyond = [bit for bit in sorted(bits) if bit > declared]
    assert len(wrong) == (1 if beyond else 0)
    if beyond:
        assert f"({', '.join(map(str, beyond))})" in wrong[0]


def test_flags_without_a_table_mean_nothing():
    (text,) = errors(DqDefinition, file("mask", DQ=dq(n4=7)))
    assert text == "bits (2) are set in 7 pixels, and there is no DQ_DEF that says what they mean"
    assert errors(DqDefinition, file("mask", DQ=dq())) == []


def test_tables_that_contradict_themselves():
    assert errors(DqDefinition, file("mask", DQ=dq(), flags=("HOT", "HOT"))) == [
        "the mnemonic HOT stands there twice"
    ]
    old = file("reset", DQ=dq(), flags=("UNRELIABLE_RESET",))
    assert len(errors(DqDefinition, old)) == 1
    assert [each[0] for each in found(DqDefinition, old, retired=("UNRELIABLE_RESET",))] == ["warning"]
    table = np.array([(0, 4, "HOT")], COLUMNS)
    one = CheckedFile("m.fits", "mask", {"PRIMARY": {}}, {"DQ": dq()}, {"DQ_DEF": table})
    assert errors(DqDefinition, one) == ["HOT has bit 0 and value 4"]


POLICY = {"always": ("DEAD",), "usually": ("HOT",), "least": 0.1}
NAMES = ("DO_NOT_USE", "DEAD", "HOT")


@pytest.mark.parametrize(
    ("pixels", "severities"),
    [
        ({}, []),
        ({"n3": 5, "n5": 7}, []),
        ({"n3": 5, "n4": 7}, ["warning"]),
        ({"n3": 5, "n2": 1}, ["error"]),
        ({"n3": 5, "n2": 1, "n4": 7}, ["error", "warning"]),
        ({"n4": 7}, ["error"]),
        ({"n3": 1, "n4": 20}, ["error"]),
        ({"n1": 9}, []),
    ],
)
def test_defects_are_excluded(pixels, severities):
    one = file("mask", DQ=dq(**pixels), flags=NAMES)
    assert [severity for severity, _ in found(DqPolicy, one, **POLICY)] == severities
    assert found(DqPolicy, one) == []


@pytest.mark.parametrize(
    ("number", "severity"), [(400, None), (410, "warning"), (1024, "warning"), (1025, "error")]
)
def test_shares_of_excluded_pixels(number, severity):
    findings = found(Flagged, file("mask", DQ=dq(n1=number), flags=NAMES))
    assert [each[0] for each in findings] == ([severity] if severity else [])


def test_shares_of_single_flags_and_of_pixels_that_are_none():
    one = file("mask", DQ=dq(n4=900), flags=NAMES)
    (text,) = errors(Flagged, one, by_flag={"HOT": 0.2, "DEAD": 0.01})
    assert text == "22 % of the sensitive pixels are flagged HOT"
    blind = file("mask", DQ=dq(n3=2000), flags=("DO_NOT_USE", "NON_SCIENCE"))
    assert errors(Flagged, blind) == []
    assert errors(Flagged, file("mask", DQ=dq(n2=4096), flags=("A", "NON_SCIENCE"))) == [
        "no pixel is left that is light-sensitive"
    ]


def test_reference_pixels_stay_in_use():
    header = {"DETECTOR": "NRCA1", "SUBARRAY": "FULL", "SUBSTRT1": 1, "SUBSTRT2": 1}
    names = ("DO_NOT_USE", "REFERENCE_PIXEL")
    array = dq()
    array[:4], array[:, :4] = 2, 2
    assert found(ReferencePixels, file("mask", header, DQ=array, flags=names)) == []
    array[:4], array[:, :4] = 3, 3
    (text,) = errors(ReferencePixels, file("mask", header, DQ=array, flags=names))
    assert text.startswith("100 % of the reference pixels are DO_NOT_USE")
    unflagged = found(ReferencePixels, file("mask", header, DQ=dq(), flags=names))
    assert unflagged == [("warning", "496 of the 496 reference pixels are not flagged REFERENCE_PIXEL")]
    array[20, 20] = 2
    assert len(found(ReferencePixels, file("mask", header, DQ=array, flags=names))) == 2


def test_flags_of_several_planes_count_in_any():
    array = np.zeros((2, 1, SIZE, SIZE), np.uint32)
    array[1, 0, :40] = 1
    one = file("dark", science=ones(2, 3, SIZE, SIZE), DQ=array, flags=NAMES)
    assert len(errors(Flagged, one)) == 1
    assert usable_pixels(one, (SIZE, SIZE)).sum() == 24 * SIZE


# ------------------------------------------------------------------------------------------------- content


def test_content():
    assert errors(Content, file(science=ones())) == []
    assert errors(Content, file()) == ["there is no map SCI in it, only nothing"]
    assert errors(Content, file("mask", science=ones())) == ["there is no map DQ in it, only SCI"]
    assert errors(Content, file(science=ones(2, SIZE, SIZE))) == [
        "an array of 2 x 64 x 64 values has the wrong number of axes"
    ]
    assert errors(Content, file("rscd")) == ["the file holds neither an array nor a table"]
    assert [severity for severity, _ in found(Content, file("extract1d"))] == ["warning"]
    assert errors(Content, file("photom", flags=("DO_NOT_USE",))) == []
