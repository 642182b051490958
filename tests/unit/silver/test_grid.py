"""The grid: who is reached by samples, and that nothing looks ahead."""

import duckdb
import numpy as np
import polars as pl
import pytest

from spark_jobs.silver.grid import STEP_NS, causal_slope, instants, linear_at, low_pass

T0 = 1_780_000_000_000_000_000
MS = 1_000_000


def one(count: int) -> np.ndarray:
    return np.zeros(count, np.int64)


def test_a_gap_of_300_ms_is_bridged_and_one_of_301_ms_is_not():
    near = instants(one(2), T0 + np.array([0, 300]) * MS, reach_ns=0)
    far = instants(one(2), T0 + np.array([0, 301]) * MS, reach_ns=0)
    assert ((near.t_ns - T0) // MS).tolist() == [0, 100, 200, 300]
    assert ((far.t_ns - T0) // MS).tolist() == [0]


def test_instants_without_a_sample_within_half_a_step_are_marked_interpolated():
    at = instants(one(2), T0 + np.array([0, 300]) * MS)
    assert at.is_interpolated.tolist() == [False, True, True, False]


def test_ends_reach_half_a_step_and_continue_straight():
    times = T0 + np.array([60, 160, 260]) * MS
    at = instants(one(3), times)
    assert ((at.t_ns - T0) // MS).tolist() == [100, 200, 300]
    np.testing.assert_allclose(at.linear((times - T0) * 1e-6), [100, 200, 300])
    assert ((instants(one(1), T0 + np.array([40]) * MS).t_ns - T0) // MS).tolist() == [0]
    assert instants(one(1), T0 + np.array([40]) * MS, reach_ns=0).t_ns.tolist() == []


def test_tracks_are_never_mixed():
    key, times = np.array([0, 0, 1, 1]), T0 + np.array([0, 100, 110, 200]) * MS
    at = instants(key, times)
    assert (key[at.low] == key[at.high]).all()
    assert np.unique(at.t_ns[key[at.low] == 1] - T0).tolist() == [100 * MS, 200 * MS]


def test_angles_turn_the_short_way():
    at = instants(one(2), T0 + np.array([-100, 100]) * MS)
    heading = at.angle(np.radians([175.0, -175.0]))
    assert abs(abs(np.degrees(heading[at.t_ns == T0][0])) - 180) < 1e-9


def test_interpolation_equals_an_asof_join_in_duckdb():
    rng = np.random.default_rng(7)
    times = np.sort(rng.choice(np.arange(0, 20_000), 120, replace=False)) * MS + T0
    values = rng.normal(size=120)
    asked = T0 + np.arange(0, 20_000, 7) * MS
    mine = linear_at(times, values, asked)
    samples = pl.DataFrame({"t": times, "v": values})
    samples = samples.with_columns(next_t=pl.col("t").shift(-1), next_v=pl.col("v").shift(-1))
    wanted = pl.DataFrame({"t": asked})
    with duckdb.connect() as base:
        base.register("samples", samples.to_arrow())
        base.register("asked", wanted.to_arrow())
        found = base.sql(
            """select case when a.t = s.t then s.v when s.next_t - s.t <= 300000000
                 then s.v + (s.next_v - s.v) * ((a.t - s.t)::double / (s.next_t - s.t)) end
               from asked a asof left join samples s on a.t >= s.t order by a.t"""
        ).fetchnumpy()
    oracle = np.ma.filled(next(iter(found.values())).astype(float), np.nan)
    assert np.isnan(mine).sum() > 100  # the case has gaps
    np.testing.assert_allclose(mine, oracle, rtol=1e-12, equal_nan=True)


def test_the_slope_of_a_line_is_exact_and_short_tracks_have_none():
    key = np.array([0] * 8 + [1] * 2)
    times = np.concatenate([T0 + np.arange(8) * STEP_NS, T0 + np.arange(2) * STEP_NS])
    slope = causal_slope(key, times, 3.0 * (times - T0) * 1e-9 + 5.0)
    np.testing.assert_allclose(slope[2:8], 3.0, rtol=1e-9)
    assert np.isnan(slope[[0, 1, 8, 9]]).all()


def test_a_parabola_read_at_its_end_has_no_lag():
    times = T0 + np.arange(20) * STEP_NS
    t_s = (times - T0) * 1e-9
    slope = causal_slope(one(20), times, 2.0 * t_s**2, order=2)
    np.testing.assert_allclose(slope[2:], 4.0 * t_s[2:], atol=1e-8)


@pytest.mark.parametrize("order", [1, 2])
def test_slopes_do_not_look_ahead(order: int):
    times = T0 + np.arange(40) * STEP_NS
    values = np.random.default_rng(1).normal(size=40)
    changed = np.where(np.arange(40) > 25, 1e6, values)
    before, after = (causal_slope(one(40), times, v, order=order) for v in (values, changed))
    np.testing.assert_array_equal(before[:26], after[:26])
    assert (before[26:] != after[26:]).all()


def test_the_low_pass_does_not_look_ahead():
    times = T0 + np.arange(400) * 10 * MS
    values = np.random.default_rng(2).normal(size=(400, 1))
    changed = np.where(np.arange(400)[:, None] > 200, 1e6, values)
    grid = T0 + np.arange(40) * STEP_NS
    before, after = low_pass(times, values, grid), low_pass(times, changed, grid)
    np.testing.assert_array_equal(before[:21], after[:21])
    assert (before[21:] != after[21:]).all()


@pytest.mark.parametrize(("frequency_hz", "gain"), [(0.2, 1.0), (2.0, 0.7071), (8.0, 0.0624)])
def test_the_low_pass_has_the_gain_of_a_second_order_butterworth(frequency_hz: float, gain: float):
    times = T0 + np.arange(6000) * 10 * MS
    t_s = (times - T0) * 1e-9
    values = np.stack([np.cos(2 * np.pi * frequency_hz * t_s), np.sin(2 * np.pi * frequency_hz * t_s)], axis=1)
    grid = T0 + np.arange(100, 500) * STEP_NS
    amplitude = np.hypot(*low_pass(times, values, grid).T)
    np.testing.assert_allclose(amplitude, gain, atol=0.02)


def test_the_low_pass_is_undefined_in_a_gap_and_starts_afresh_after_it():
    times = T0 + np.concatenate([np.arange(0, 1000, 10), np.arange(3000, 4000, 10)]) * MS
    values = np.where(times < T0 + 2000 * MS, 1.0, 5.0)[:, None]
    grid = T0 + np.arange(40) * STEP_NS
    smooth = low_pass(times, values, grid)[:, 0]
    assert np.isnan(smooth[13:30]).all()
    np.testing.assert_allclose(smooth[:13], 1.0)
    np.testing.assert_allclose(smooth[30:], 5.0)
