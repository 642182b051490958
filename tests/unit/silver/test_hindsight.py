"""Derivatives that look both ways: exact on parabolas, equal to what scipy solves, never across tracks or gaps."""

import numpy as np
from scipy.linalg import solveh_banded

from spark_jobs.silver.grid import STEP_NS
from spark_jobs.silver.hindsight import centred_motion

T0 = 1_767_225_600_000_000_000


def _times(count: int) -> np.ndarray:
    return T0 + np.arange(count) * STEP_NS


def _solved(values: np.ndarray) -> np.ndarray:
    """The smooth course of all values at once, by scipy's solver of banded systems."""
    thirds = np.diff(np.eye(len(values)), 3, axis=0)
    system = np.eye(len(values)) + 10.0 * thirds.T @ thirds
    bands = [np.pad(np.diagonal(system, k), (k, 0)) for k in (3, 2, 1, 0)]
    return solveh_banded(np.stack(bands), values)


def test_it_is_the_smoother_of_whittaker():
    values = np.random.default_rng(3).normal(size=11).cumsum()
    slope, curvature = centred_motion(np.zeros(11, np.int64), _times(11), values)
    course = _solved(values)
    np.testing.assert_allclose(slope, np.gradient(course, 0.1, edge_order=2), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(curvature[1:-1], np.diff(course, 2) / 0.01, rtol=1e-7, atol=1e-7)


def test_what_is_farther_than_a_second_away_hardly_counts():
    values = np.random.default_rng(3).normal(size=200)
    slope, _ = centred_motion(np.zeros(200, np.int64), _times(200), values)
    whole = np.gradient(_solved(values), 0.1, edge_order=2)
    assert np.abs(slope - whole)[10:-10].max() < 0.05 * np.abs(whole).max()


def test_a_steady_brake_has_no_lag_from_the_first_row_to_the_last():
    t_s = np.arange(30) * 0.1
    slope, curvature = centred_motion(np.zeros(30, np.int64), _times(30), 20.0 * t_s - 3.0 * t_s**2)
    np.testing.assert_allclose(slope, 20.0 - 6.0 * t_s, atol=1e-9)
    np.testing.assert_allclose(curvature, -6.0, atol=1e-6)


def test_a_brake_that_begins_is_seen_when_it_begins():
    t_s = np.arange(40) * 0.1
    braked_s = np.maximum(t_s - 2.0, 0.0)
    _, curvature = centred_motion(np.zeros(40, np.int64), _times(40), 20.0 * t_s - 3.5 * braked_s**2)
    first = np.flatnonzero(curvature < -3.5)[0]
    assert abs(t_s[first] - 2.0) <= 0.11


def test_a_short_track_has_a_speed_but_no_acceleration_and_a_shorter_one_neither():
    key = np.array([0] * 5 + [1] * 2)
    times = np.concatenate([_times(5), _times(2)])
    slope, curvature = centred_motion(key, times, 3.0 * (times - T0) * 1e-9)
    np.testing.assert_allclose(slope[:5], 3.0, rtol=1e-9)
    assert np.isnan(slope[5:]).all()
    assert np.isnan(curvature).all()


def test_other_tracks_gaps_and_unknown_values_change_nothing():
    one = np.random.default_rng(4).normal(size=40)
    alone = centred_motion(np.zeros(40, np.int64), _times(40), one)
    key = np.repeat([0, 1, 2], 40)
    later = _times(40) + 40 * STEP_NS  # a hole of four seconds: track 2 has its second half after it
    times = np.concatenate([_times(40), _times(40), np.where(np.arange(40) < 20, _times(40), later)])
    beside = centred_motion(key, times, np.concatenate([one, one + 1e6, one]))
    for mine, theirs in zip(alone, beside, strict=True):
        np.testing.assert_allclose(theirs[:40], mine, rtol=1e-6, atol=1e-6)
        np.testing.assert_allclose(theirs[80:90], mine[:10], rtol=1e-6, atol=1e-6)
        assert not np.isclose(theirs[95], mine[15])
    holed = np.where(np.arange(40) == 20, np.nan, one)
    unknown = np.flatnonzero(np.isnan(centred_motion(np.zeros(40, np.int64), _times(40), holed)[0]))
    assert unknown.tolist() == [20]


def test_no_rows_give_no_rows():
    assert [len(part) for part in centred_motion(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))] == [0, 0]
