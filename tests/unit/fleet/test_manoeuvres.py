"""Closed forms: quintics, approaches, car following."""

import numpy as np
import pytest

from fleet.manoeuvres import Approach, LateralPlan, Move, follow, quintic, quintic_rate


def test_a_quintic_starts_and_ends_at_rest():
    u = np.linspace(0.0, 1.0, 1001)
    assert quintic(u[[0, -1]]).tolist() == [0.0, 1.0]
    assert quintic_rate(u[[0, -1]]).tolist() == [0.0, 0.0]
    np.testing.assert_allclose(np.gradient(quintic(u), u)[1:-1], quintic_rate(u)[1:-1], atol=1e-5)


def test_an_approach_meets_its_goal_exactly():
    approach = Approach(2.0, 12.0, 100.0, -5.0, 20.0, -3.0)
    assert approach.at(2.0)[:2] == pytest.approx((100.0, -5.0))
    assert approach.at(12.0)[:2] == pytest.approx((20.0, -3.0))
    t = np.linspace(2.0, 12.0, 2001)
    values = np.array([approach.at(float(x)) for x in t])
    np.testing.assert_allclose(np.gradient(values[:, 0], t)[2:-2], values[2:-2, 1], atol=1e-3)


def test_scalar_and_array_forms_of_a_lateral_plan_agree():
    plan = LateralPlan(1.75, 0.1, 150.0, 0.4, [Move(1.0, 4.0, 3.5), Move(9.0, 2.0, -0.3), Move(3.0, 5.0, 2.0, True)])
    t = np.linspace(0.0, 14.0, 14001)
    s = 20.0 * t
    d, rate = plan.arrays(t, s, np.full(len(t), 20.0))
    np.testing.assert_allclose(d, [plan.d(float(a), float(b)) for a, b in zip(t, s, strict=True)], atol=1e-12)
    smooth = (np.abs(t - 3.0) > 0.05) & (np.abs(t - 8.0) > 0.05)
    np.testing.assert_allclose(np.gradient(d, t)[smooth][1:-1], rate[smooth][1:-1], atol=1e-3)


def test_a_cut_in_at_equal_speed_is_not_answered_with_a_hard_brake():
    assert follow(30.0, 33.0, 1.5, 1.5, 1.6, gap_m=12.0, v_lead=30.0) > -2.5


def test_a_closing_cut_in_is_braked_for_at_least_as_hard_as_needed():
    gap, closing = 10.0, 8.0
    assert follow(30.0, 33.0, 1.5, 1.5, 1.6, gap_m=gap, v_lead=30.0 - closing) <= -(closing**2) / (2 * gap)


def test_a_free_driver_tends_to_the_desired_speed():
    assert follow(20.0, 30.0, 1.5, 1.5, 1.6) > 0.0
    assert follow(30.0, 30.0, 1.5, 1.5, 1.6) == pytest.approx(0.0)
    assert follow(36.0, 30.0, 1.5, 1.5, 1.6) < 0.0
