"""The noise-free world: no contact, no teleport, enough variety, and cut-ins that have a reason."""

from collections import Counter

import numpy as np
import pytest

from fleet.relations import relate
from fleet.simulate import RATE_HZ
from fleet.truth import COVERED, truth_events


def test_no_two_bodies_ever_touch(simulated):
    for states in simulated:
        for sample in range(0, len(states.t_s), RATE_HZ // 5):
            present = [(a, i) for a in (states.ego, *states.actors) if (i := a.at(sample)) is not None]
            present.sort(key=lambda pair: pair[0].s[pair[1]])
            for n, (a, i) in enumerate(present):
                for b, j in present[n + 1 :]:
                    along = b.s[j] - b.rear_m - a.s[i] - a.front_m
                    across = abs(a.d[i] - b.d[j]) - (a.width_m + b.width_m) / 2
                    assert along > 0.0 or across > 0.0, (states.setting.drive_id, sample, a.number, b.number)


def test_nothing_teleports_and_speed_is_the_rate_of_position(simulated):
    for states in simulated[::3]:
        for a in (states.ego, *states.actors):
            step = np.hypot(np.diff(a.x_map_m), np.diff(a.y_map_m))
            speed = a.speed_mps
            np.testing.assert_allclose(step * RATE_HZ, (speed[1:] + speed[:-1]) / 2, atol=0.08)


def test_the_ego_stays_within_the_limits_of_its_vehicle(simulated):
    for states in simulated:
        assert states.ax_ego_mps2.min() >= -states.setting.vehicle.braking_limit_mps2 - 0.2
        assert states.ax_ego_mps2.max() <= 3.0
        assert np.abs(states.ay_ego_mps2).max() < 9.0


def test_a_fleet_of_24_minutes_holds_every_kind_of_event(simulated):
    events = [(n, e) for n, states in enumerate(simulated) for e in truth_events(states)]
    cut_ins = [e for _, e in events if e.scenario_id == "cut_in"]
    assert len(cut_ins) >= 30
    assert {e.parameters["severity"] for e in cut_ins} >= {"benign", "close", "critical"}
    assert 12 <= len({n for n, e in events if e.scenario_id == "cut_in"}) <= 23
    counts = Counter(e.scenario_id for _, e in events if not e.is_ignored)
    enough = {"cut_out": 8, "hard_brake": 8, "lead_hard_brake": 8, "tailgating": 8, "near_miss": 8, "lane_change": 30}
    enough |= {"emergency_lane_change": 6, "occluded_ped_emerging": 8, "jaywalking": 8, "ped_crossing": 4}
    enough |= {"overspeed": 4, "swerving_lead": 4, "blocked_lane": 1, "encounter": 30, "following": 30, "stationary": 2}
    enough |= {"aeb_activation": 2, "fcw": 8, "takeover": 6, "disengagement": 8, "odd_exit": 4, "mrm": 1}
    assert {name: counts[name] for name, least in enough.items() if counts[name] < least} == {}
    assert set(counts) == set(COVERED)


def test_both_the_ego_and_others_change_lane_in_an_emergency(simulated):
    found = [e for states in simulated for e in truth_events(states) if e.scenario_id == "emergency_lane_change"]
    assert {e.actor is None for e in found} == {True, False}


def test_settings_vary(simulated):
    settings = [states.setting for states in simulated]
    assert {s.road_kind for s in settings} == {"highway", "urban"}
    assert {s.vehicle.kind for s in settings} == {"car", "truck"}
    assert {s.light for s in settings} == {"day", "twilight", "night"}
    assert any(s.rain_mmph > 0 for s in settings)
    assert len({s.drive_id for s in settings}) == len(settings)


def test_neighbours_that_never_cut_in_also_close_on_a_slow_leader(simulated):
    """The precursor must not give the answer away: closing on the own leader happens with and without a cut-in."""
    closing_only = 0
    for states in simulated:
        rel = relate(states)
        cutters = {e.actor for e in truth_events(states) if e.scenario_id == "cut_in"}
        for k, a in enumerate(states.actors):
            if a.kind == "pedestrian" or a.number in cutters or a.direction != 1 or np.ptp(a.d) > 1.0:
                continue
            is_beside = (rel.depth_m[k] < 0.0) & (rel.depth_m[k] > -3.0) & (rel.gap_m[k] > 0.0) & (rel.gap_m[k] < 50.0)
            closing_only += bool((is_beside & (a.a_s < -0.7) & (a.vs > 4.0)).any())
    assert closing_only >= 8


@pytest.mark.parametrize("seconds", [6.0, 10.0, 150.0])
def test_drives_of_any_length_work(seconds):
    from tests.unit.fleet.conftest import play

    states = play(3, 1, seconds)
    assert len(states.t_s) == seconds * RATE_HZ
    assert all(a.last <= len(states.t_s) for a in states.actors)
