from collections import Counter
from functools import cache

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mkrefs.contract.imtypes import parse_imtypes
from mkrefs.grouping import group_exposures

untimed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

WORDS = ["D", "DD", "DDD", "D+", "F", "FF", "F+", "DDFF", "DDDFF", "DFF", "D+F+", "D+FF", "F+DD", "I+", "DFI"]
KEYS = ("INSTRUME", "DETECTOR", "SUBARRAY", "READPATT")

rows = st.lists(
    st.fixed_dictionaries(
        {
            "imtype": st.sampled_from("DDFFI"),
            "mjd": st.integers(0, 60).map(lambda tenth: 59000 + tenth / 10),
            "INSTRUME": st.just("NIRCAM"),
            "DETECTOR": st.sampled_from(["NRCA1", "NRCA1", "NRCB1"]),
            "SUBARRAY": st.just("FULL"),
            "READPATT": st.sampled_from(["RAPID", None]),
            "FILTER": st.sampled_from(["F115W", "F115W", "F200W"]),
            "PUPIL": st.just("CLEAR"),
            "NOUTPUTS": st.sampled_from([4, 4, None]),
        }
    ),
    max_size=14,
)
windows = st.none() | st.integers(0, 60).map(lambda tenth: tenth / 10)
days = st.lists(st.integers(0, 40), max_size=9)


def make_table(rows):
    columns = ["exposure", "imtype", "mjd", *KEYS, "FILTER", "PUPIL", "NOUTPUTS"]
    return pd.DataFrame(
        [{"exposure": f"e{number:02d}", **row} for number, row in enumerate(rows)], columns=columns
    )


def group(rows, word, window):
    return group_exposures(make_table(rows), parse_imtypes(word), window=window, same=("NOUTPUTS",))


def span(rows, exposures):
    times = [rows[int(exposure[1:])]["mjd"] for exposure in exposures]
    return round(max(times) - min(times), 6)


def darks(times):
    return [{"imtype": "D", "mjd": float(time)} for time in times]


@untimed
@given(rows, st.sampled_from(WORDS), windows)
def test_every_exposure_is_used_or_left_out_with_a_reason(rows, word, window):
    found = group(rows, word, window)
    used = {exposure for item in found.sets for exposure in item.exposures}
    left_out = [item.exposure for item in found.left_out]
    assert sorted([*used, *left_out]) == [f"e{number:02d}" for number in range(len(rows))]
    assert all(item.reason for item in found.left_out)


@untimed
@given(rows, st.sampled_from(WORDS), windows)
def test_no_set_crosses_a_mode_or_the_window(rows, word, window):
    for item in group(rows, word, window).sets:
        members = [rows[int(exposure[1:])] for exposure in item.exposures]
        flats = [row for row in members if row["imtype"] == "F"]
        for key in (*KEYS, "NOUTPUTS"):
            assert {row[key] for row in members} == {dict(item.mode)[key]}
        assert len({row["FILTER"] for row in flats}) < 2
        assert round(item.span, 6) == span(rows, item.exposures)
        assert window is None or item.span <= window


@untimed
@given(rows, st.sampled_from(WORDS), windows)
def test_roles_are_right(rows, word, window):
    counts = parse_imtypes(word).counts
    for item in group(rows, word, window).sets:
        by_type = Counter(rows[int(exposure[1:])]["imtype"] for exposure in item.exposures)
        expected = [f"{letter}{number + 1}" for letter in counts for number in range(by_type[letter])]
        assert [role for role, _ in item.roles] == expected
        assert all(role[0] == rows[int(exposure[1:])]["imtype"] for role, exposure in item.roles)
        assert all(
            by_type[letter] == count if count else by_type[letter] > 0 for letter, count in counts.items()
        )
        for letter in counts:
            times = [rows[int(exposure[1:])]["mjd"] for role, exposure in item.roles if role[0] == letter]
            assert times == sorted(times)


@untimed
@given(rows, st.sampled_from(["D", "DD", "DDD", "D+", "FF", "F+", "I+"]), windows)
def test_sets_of_one_type_are_disjoint(rows, word, window):
    used = [exposure for item in group(rows, word, window).sets for exposure in item.exposures]
    assert len(used) == len(set(used))


@untimed
@given(rows, st.sampled_from(WORDS), windows, st.randoms(use_true_random=False))
def test_row_order_does_not_matter(rows, word, window, random):
    table = make_table(rows)
    order = list(range(len(rows)))
    random.shuffle(order)
    shuffled = table.iloc[order]
    imtypes = parse_imtypes(word)
    assert group_exposures(table, imtypes, window=window, same=()) == group_exposures(
        shuffled, imtypes, window=window, same=()
    )


@untimed
@given(rows, st.sampled_from(WORDS), windows)
def test_splitting_the_table_by_mode_changes_nothing(rows, word, window):
    table = make_table(rows)
    imtypes = parse_imtypes(word)
    whole = group_exposures(table, imtypes, window=window, same=())
    parts = [
        group_exposures(part, imtypes, window=window, same=())
        for _, part in table.groupby([*KEYS], dropna=False, sort=False)
    ]
    assert set(whole.sets) == {item for part in parts for item in part.sets}
    assert set(whole.left_out) == {item for part in parts for item in part.left_out}


def best_cut(times, size, limit):
    """Most disjoint sets and their smallest total span, by trying all."""

    @cache
    def best(free):
        if len(free) < size:
            return (0, 0)
        first, rest = free[0], free[1:]
        options = [best(rest)]
        for others in choose(rest, size - 1):
            members = [times[first], *(times[other] for other in others)]
            length = max(members) - min(members)
            if length <= limit:
                number, total = best(tuple(index for index in rest if index not in others))
                options.append((number + 1, total - length))
        return max(options)

    number, total = best(tuple(range(len(times))))
    return number, -total


def choose(indices, size):
    if size == 0:
        yield ()
    for position, index in enumerate(indices if size else ()):
        for others in choose(indices[position + 1 :], size - 1):
            yield (index, *others)


@pytest.mark.parametrize("word", ["D", "DD", "DDD"])
@untimed
@given(times=days, limit=st.integers(0, 40))
def test_no_cut_gives_more_sets_or_closer_ones(word, times, limit):
    found = group(darks(times), word, float(limit))
    total = sum(round(item.span) for item in found.sets)
    assert (len(found.sets), total) == best_cut(times, len(word), limit)


def best_runs(exposures, letters, limit):
    """Fewest left out, fewest runs, smallest total span, by trying all cuts."""
    ordered = sorted(exposures)

    @cache
    def best(stop):
        if stop == 0:
            return (0, 0, 0)
        options = [best(stop - 1)]
        for start in range(stop):
            run = ordered[start:stop]
            length = run[-1][0] - run[0][0]
            if length <= limit and {letter for _, letter in run} == set(letters):
                used, runs, total = best(start)
                options.append((used + stop - start, runs - 1, total - length))
        return max(options)

    return best(len(ordered))


@pytest.mark.parametrize("word", ["D+", "D+F+"])
@untimed
@given(
    exposures=st.lists(st.tuples(st.integers(0, 40), st.sampled_from("DF")), max_size=12),
    limit=st.integers(0, 40),
)
def test_no_cut_into_runs_is_better(word, exposures, limit):
    letters = word.replace("+", "")
    exposures = sorted((time, letter) for time, letter in exposures if letter in letters)
    found = group([{"imtype": letter, "mjd": float(time)} for time, letter in exposures], word, float(limit))
    used = sum(len(item.exposures) for item in found.sets)
    total = sum(round(item.span) for item in found.sets)
    assert (used, -len(found.sets), -total) == best_runs(exposures, letters, limit)


@untimed
@given(darks_at=days, flats_at=days, limit=st.integers(0, 40))
def test_each_flat_pair_takes_the_least_used_dark_pair_in_the_window(darks_at, flats_at, limit):
    rows = [*darks(darks_at), *({"imtype": "F", "mjd": float(time)} for time in flats_at)]
    pairs = [item.exposures for item in group(rows, "DD", float(limit)).sets]
    leaders = [item.exposures for item in group(rows, "FF", float(limit)).sets]
    taken = {item.exposures[2:]: item.exposures[:2] for item in group(rows, "DDFF", float(limit)).sets}
    uses = Counter()
    for leader in leaders:
        fitting = [pair for pair in pairs if span(rows, (*pair, *leader)) <= limit]
        assert (leader in taken) == bool(fitting)
        if fitting:
            pair = taken[leader]
            assert pair in fitting
            assert uses[pair] == min(uses[other] for other in fitting)
            equals = [other for other in fitting if uses[other] == uses[pair]]
            assert distance(rows, pair, leader) == min(distance(rows, other, leader) for other in equals)
            uses[pair] += 1


def distance(rows, pair, leader):
    return abs(
        sum(rows[int(name[1:])]["mjd"] for name in pair) - sum(rows[int(name[1:])]["mjd"] for name in leader)
    )


@untimed
@given(
    times=st.lists(st.floats(50000, 70000, allow_nan=False), min_size=2, max_size=12),
    window=st.floats(0, 1000, allow_nan=False),
)
def test_span_never_exceeds_a_window_of_any_value(times, window):
    assert all(item.span <= window for item in group(darks(times), "D+", window).sets)
