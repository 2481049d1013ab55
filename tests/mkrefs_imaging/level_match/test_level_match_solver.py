import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mkrefs_imaging.level_match.selection import Verdict, connected, judge
from mkrefs_imaging.level_match.solver import SolverSettings, sampled_normal, solve
from mkrefs_imaging.level_match.unit_pairs import Influence, UnitPair, inverted

PLAIN = SolverSettings(correlated_noise=False)


def pair(first, second, value, *, npix=1000, rms=1.0, long=True, normal=None, influences=()):
    value = np.atleast_1d(np.asarray(value, dtype=float))
    normal = np.array([[float(npix)]]) if normal is None else normal
    return UnitPair(first, second, value, normal, npix, rms, long, influences)


@st.composite
def graphs(draw):
    """Levels and exact differences along random links."""
    units = draw(st.integers(2, 9))
    levels = np.array(draw(st.lists(st.floats(-10, 10), min_size=units, max_size=units)))
    everything = [(a, b) for a in range(units) for b in range(a + 1, units)]
    links = draw(st.lists(st.sampled_from(everything), min_size=1, unique=True))
    return levels, sorted(links)


@given(graphs(), st.sampled_from(["equal", "npix", "rms"]), st.booleans())
@settings(max_examples=40, deadline=None)
def test_exact_differences_give_exact_levels_in_each_part(graph, method, correlated):
    levels, links = graph
    pairs = [
        pair(a, b, levels[a] - levels[b], npix=100 * (k + 1), rms=0.1 * (k + 1))
        for k, (a, b) in enumerate(links)
    ]
    parts = connected(len(levels), links)
    chosen = SolverSettings(weight_method=method, correlated_noise=correlated)
    found = solve(pairs, len(levels), sorted(set(parts)), chosen)
    assert found.converged
    for unit, part in enumerate(parts):
        assert found.corrections[unit, 0] == pytest.approx(levels[unit] - levels[part], abs=1e-6)
        if unit == part:
            assert found.corrections[unit, 0] == 0
    np.testing.assert_allclose(found.residuals, 0, atol=1e-6)


@given(st.integers(0, 10**6), st.booleans())
@settings(max_examples=20, deadline=None)
def test_the_choice_of_the_fixed_unit_only_moves_all_levels(seed, correlated):
    random = np.random.default_rng(seed)
    links = [(0, 1), (1, 2), (2, 3), (0, 3), (0, 2)]
    pairs = [pair(a, b, random.normal(), npix=int(random.integers(10, 10**4))) for a, b in links]
    chosen = SolverSettings(correlated_noise=correlated)
    first, other = (solve(pairs, 4, [fixed], chosen) for fixed in (0, 2))
    moved = first.corrections - other.corrections
    assert np.ptp(moved) < 1e-6
    np.testing.assert_allclose(first.residuals, other.residuals, atol=1e-6)


def test_documented_weights():
    """Three differences that contradict each other: the heavy one is met best."""
    values = {(0, 1): 1.0, (1, 2): 1.0, (0, 2): 1.0}
    numbers = {(0, 1): 100, (1, 2): 100, (0, 2): 10000}
    scatters = {(0, 1): 1.0, (1, 2): 1.0, (0, 2): 0.1}
    pairs = [pair(*key, value, npix=numbers[key], rms=scatters[key]) for key, value in values.items()]
    left = {
        method: np.abs(solve(pairs, 3, [0], SolverSettings(method, correlated_noise=False)).residuals[:, 0])
        for method in ("equal", "npix", "rms")
    }
    np.testing.assert_allclose(left["equal"], 1 / 3, atol=1e-9)
    for method in ("npix", "rms"):
        # The residual goes with the inverse of the weight: 1 : 1 : 0.01.
        np.testing.assert_allclose(left[method], np.array([1, 1, 0.01]) / 2.01, atol=1e-9)


def test_known_noise_alone_weighs_where_it_explains_the_residuals():
    pairs = [pair(0, 1, 1.0, npix=100), pair(1, 2, 1.0, npix=100), pair(0, 2, 2.05, npix=10000)]
    found = solve(pairs, 3, [0], SolverSettings())
    assert found.excess < 1e-6
    np.testing.assert_allclose(np.abs(found.residuals[:, 0]), 0.05 * np.array([1, 1, 0.01]) / 2.01, atol=1e-6)
    assert found.errors[2, 0, 0] == pytest.approx(1 / (10000 + 50), rel=1e-3)


def test_errors_beyond_the_noise_are_found_and_make_pairs_equal():
    pairs = [pair(0, 1, 1.0, npix=10**6), pair(1, 2, 1.0, npix=10**7), pair(0, 2, 1.0, npix=10**8)]
    found = solve(pairs, 3, [0], SolverSettings())
    np.testing.assert_allclose(np.abs(found.residuals[:, 0]), 1 / 3, atol=0.001)
    # One degree of freedom: the sum of the three is off by 1.
    assert found.excess == pytest.approx(1 / np.sqrt(3), rel=0.01)


def test_few_iterations_are_said_not_to_have_converged():
    pairs = [pair(0, 1, 1.0, npix=10**6), pair(1, 2, 1.0, npix=10**7), pair(0, 2, 1.0, npix=10**8)]
    found = solve(pairs, 3, [0], SolverSettings(n_iter=1))
    assert (found.iterations, found.converged) == (1, False)
    assert solve(pairs, 3, [0], SolverSettings()).converged
    strict = SolverSettings(convergence_abs_tol=0.0, convergence_rel_tol=0.0, n_iter=50)
    assert solve(pairs, 3, [0], strict).iterations >= solve(pairs, 3, [0], SolverSettings()).iterations


def test_pairs_that_share_rows_of_a_unit_are_not_independent():
    """The noise of a row of unit 0 is in both of its differences: their contradiction says little of it."""
    rows = np.arange(4)
    shared = (Influence(0, rows, np.full((1, 4), 0.25)),)
    own = (Influence(0, rows + 4, np.full((1, 4), 0.25)),)
    alike = [pair(0, 1, 1.0, influences=shared), pair(0, 2, 1.0, influences=shared), pair(1, 2, 0.1)]
    apart = [pair(0, 1, 1.0, influences=shared), pair(0, 2, 1.0, influences=own), pair(1, 2, 0.1)]
    noise = np.array([1.0])
    found = [solve(pairs, 3, [0], SolverSettings(), noise, [0]) for pairs in (alike, apart)]
    assert found[0].excess > found[1].excess


def test_planes_are_solved_jointly():
    random = np.random.default_rng(2)
    planes = random.normal(size=(4, 3))
    pairs = []
    for a, b in [(0, 1), (1, 2), (2, 3), (0, 3), (1, 3)]:
        u, v = random.normal(random.normal(), 0.2, 500), random.normal(random.normal(), 0.4, 500)
        design = np.stack([np.ones(500), u, v])
        value = planes[a] - planes[b]
        pairs.append(pair(a, b, value, npix=500, normal=design @ design.T))
    for chosen in (PLAIN, SolverSettings()):
        found = solve(pairs, 4, [1], chosen)
        np.testing.assert_allclose(found.corrections, planes - planes[1], atol=1e-6)


@pytest.mark.parametrize("draws", [3, 4, 25, 100])
def test_drawn_points_have_the_moments_of_the_overlap_whatever_their_number(draws):
    random = np.random.default_rng(3)
    design = np.stack([np.ones(900), random.normal(0.3, 0.1, 900), random.normal(-0.2, 0.5, 900)])
    normal = design @ design.T
    np.testing.assert_allclose(sampled_normal(normal, draws), normal / 900, atol=1e-12)
    assert sampled_normal(np.array([[900.0]]), draws) == 1.0


def test_what_an_overlap_does_not_tell_gets_a_huge_variance():
    line = np.stack([np.ones(50), np.linspace(-1, 1, 50), np.zeros(50)])
    inverse = inverted(line @ line.T)
    assert inverse[2, 2] > 1e6 * inverse[1, 1] > 0


def test_noise_free_differences_are_no_trouble():
    found = solve([pair(0, 1, 0.0, rms=0.0), pair(1, 2, 0.0, rms=0.0)], 3, [0], SolverSettings())
    np.testing.assert_array_equal(found.corrections, 0)


def verdicts(pairs, units=10, area=0.002, limit=2.0):
    return judge(pairs, units, min_area_percent=area, rms_sig_limit=limit)


def test_pairs_of_small_area_are_left_out():
    pairs = [pair(k, k + 1, 0.0, npix=10000) for k in range(8)] + [pair(0, 5, 0.0, npix=15)]
    assert verdicts(pairs)[-1] is Verdict.SMALL
    assert verdicts(pairs, area=0.001)[-1] is Verdict.USED


def test_short_pairs_are_left_out():
    found = verdicts([pair(0, 1, 0.0), pair(1, 2, 0.0, long=False)])
    assert found == [Verdict.USED, Verdict.SHORT]


def test_noisy_pairs_are_left_out_unless_the_mosaic_falls_apart():
    quiet = [pair(k, k + 1, 0.0, rms=1.0) for k in range(8)]
    assert verdicts([*quiet, pair(0, 8, 0.0, rms=9.0)])[-1] is Verdict.NOISY
    assert verdicts([*quiet, pair(8, 9, 0.0, rms=9.0)])[-1] is Verdict.BRIDGE
    assert verdicts([*quiet, pair(0, 8, 0.0, rms=9.0)], limit=10.0)[-1] is Verdict.USED


def test_equal_scatters_are_all_used():
    assert set(verdicts([pair(k, k + 1, 0.0, rms=0.1) for k in range(7)])) == {Verdict.USED}


def test_no_pairs_no_verdicts():
    assert verdicts([]) == []
    assert connected(3, []) == [0, 1, 2]
