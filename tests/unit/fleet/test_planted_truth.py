"""Every planted kind against built states in which the answer is known, each with something near by that is not it."""

import dataclasses

import numpy as np
import pytest

from fleet.assist import MANUAL, assist_signals
from fleet.ego_events import bus_events, ego_events, stationary
from fleet.gap_events import encounters, lead_events, near_misses
from fleet.lane_change_events import emergency_lane_changes, lane_changes, swerving_leads
from fleet.lane_events import cut_outs
from fleet.manoeuvres import Move
from fleet.relations import relate
from fleet.setting import AssistStory, LimitZone
from fleet.simulate import RATE_HZ, DriveStates
from tests.unit.fleet.straight_world import EGO_MPS, LANE_M, NEXT, OWN, T, drive, track


def leads(states: DriveStates, scenario_id: str):
    return [e for e in lead_events(states, relate(states)) if e.scenario_id == scenario_id]


@pytest.mark.parametrize(("headway_s", "ego_v", "found"), [(0.7, 25.0, 1), (1.3, 25.0, 0), (0.7, 14.0, 0)])
def test_tailgating_is_less_than_a_second_behind_at_speed(headway_s, ego_v, found):
    states = drive(track(1, OWN, 6.0 + headway_s * ego_v, ego_v, []), ego_v=ego_v)
    assert len(leads(states, "tailgating")) == found


def test_tailgating_for_less_than_three_seconds_is_none():
    away = np.where(T < 2.5, EGO_MPS, EGO_MPS + 2.5)
    assert leads(drive(track(1, OWN, 6.0 + 20.0, away, [])), "tailgating") == []


@pytest.mark.parametrize(("braking_mps2", "headway_s", "found"), [(6.5, 1.2, 1), (4.0, 1.2, 0), (6.5, 2.6, 0)])
def test_a_lead_brakes_hard_above_5_mps2_within_two_seconds(braking_mps2, headway_s, found):
    v = EGO_MPS - braking_mps2 * np.clip(T - 5.0, 0.0, 1.0)
    events = leads(drive(track(1, OWN, 6.0 + headway_s * EGO_MPS, v, [])), "lead_hard_brake")
    assert len(events) == found
    if events:
        assert events[0].start / RATE_HZ == pytest.approx(5.0, abs=0.03)
        assert events[0].parameters["peak_lead_deceleration_mps2"] == pytest.approx(6.5, abs=0.1)


def test_a_lane_change_says_who_which_side_and_when():
    states = drive(track(1, NEXT, 40.0, EGO_MPS, [Move(4.0, 4.0, -LANE_M)]), ego_moves=[Move(12.0, 4.0, -LANE_M)])
    own, other = lane_changes(states, relate(states))
    assert (other.actor, other.parameters["side"], other.parameters["to_lane"]) == (1, "right", 0.0)
    assert (own.actor, own.parameters["side"]) == (None, "right")
    assert other.parameters["crossing_s"] == pytest.approx(6.0, abs=0.02)
    assert own.parameters["crossing_s"] == pytest.approx(14.0, abs=0.02)
    assert 4.0 < other.start / RATE_HZ < 4.6 < 7.4 < other.end / RATE_HZ < 8.0


def test_a_drift_that_stays_in_its_lane_is_no_lane_change():
    states = drive(track(1, NEXT, 40.0, EGO_MPS, [Move(4.0, 4.0, -1.5)]))
    assert lane_changes(states, relate(states)) == []


@pytest.mark.parametrize(("duration_s", "lead_v", "found"), [(2.0, 14.0, 1), (4.5, 14.0, 0), (2.0, 24.0, 0)])
def test_only_a_fast_change_that_something_forced_is_an_emergency(duration_s, lead_v, found):
    """The ego moves 2.2 s before it would reach what is ahead; slowly or without need it is an ordinary change."""
    gap = 2.2 * (EGO_MPS - 14.0)
    ahead = track(1, OWN, 6.0 + gap + 4.0 * (EGO_MPS - lead_v), lead_v, [])
    states = drive(ahead, ego_moves=[Move(4.0, duration_s, LANE_M)])
    events = emergency_lane_changes(states)
    assert [e.actor for e in events] == [None] * found


def test_what_no_definition_can_decide_is_not_scored():
    """More than 45 degrees across is no lane change and no cut-out; nor is what follows a drive's end known."""
    ahead = track(1, OWN, 35.0, 3.0, [])
    for start_s, duration_s, is_ignored in ((8.0, 3.0, False), (8.0, 1.0, True), (18.2, 3.0, True)):
        states = drive(ahead, ego_v=5.0, ego_moves=[Move(start_s, duration_s, LANE_M)])
        assert [e.is_ignored for e in lane_changes(states, relate(states))] == [is_ignored]
    forced = track(1, OWN, 6.0 + 2.2 * 11.0 + 4.0 * 11.0, EGO_MPS - 11.0, [])
    for ego_v, is_ignored in ((EGO_MPS, False), (np.where(T < 5.0, EGO_MPS, 2.0), True)):
        (event,) = emergency_lane_changes(drive(forced, ego_v=ego_v, ego_moves=[Move(4.0, 2.0, LANE_M)]))
        assert event.is_ignored == is_ignored
    slow = track(2, OWN, 70.0, 0.0, [])
    for duration_s, is_ignored in ((4.0, False), (1.0, True)):
        states = drive(track(1, OWN, 25.0, 3.0, [Move(5.0, duration_s, LANE_M)]), slow, ego_v=3.0)
        assert [e.is_ignored for e in cut_outs(states, relate(states))] == [is_ignored]


def test_a_lead_that_swings_twice_is_one_swerving_lead():
    swing = [Move(4.0, 1.6, 0.7), Move(5.6, 1.6, -0.7), Move(7.2, 1.6, 0.7), Move(8.8, 1.6, -0.7)]
    states = drive(track(1, OWN, 40.0, EGO_MPS, swing))
    (event,) = swerving_leads(states, relate(states))
    assert event.start / RATE_HZ == pytest.approx(4.2, abs=0.3)
    assert event.end / RATE_HZ == pytest.approx(10.2, abs=0.3)
    calm = drive(track(1, OWN, 40.0, EGO_MPS, [Move(4.0, 1.6, 0.35), Move(5.6, 1.6, -0.35)]))
    assert swerving_leads(calm, relate(calm)) == []


def test_a_lane_is_blocked_by_what_never_moved_and_not_by_a_lead_that_stops():
    standing = drive(track(1, OWN, 110.0, 0.0, []), ego_v=np.maximum(10.0 - T, 0.0))
    (event,) = leads(standing, "blocked_lane")
    assert event.parameters["gap_m"] == pytest.approx(100.0, abs=1.0)
    stopping = drive(track(1, OWN, 60.0, np.maximum(8.0 - 2.0 * T, 0.0), []), ego_v=10.0)
    assert leads(stopping, "blocked_lane") == []
    unseen = drive(track(1, OWN, 250.0, np.maximum(4.0 - 2.0 * T, 0.0), []), road_kind="urban")
    (event,) = leads(unseen, "blocked_lane")  # it stopped before it was seen
    assert event.parameters["gap_m"] == pytest.approx(90.0 - 6.0, abs=1.0)


def test_standing_counts_for_everybody_and_creeping_for_nobody():
    states = drive(track(1, NEXT, 30.0, 0.0, []), track(2, NEXT, 60.0, 0.7, []), ego_v=np.maximum(6.0 - T, 0.0))
    assert {e.actor for e in stationary(states)} == {None, 1}


def test_a_near_miss_has_its_band_from_the_answer_of_the_ego():
    closing = track(1, OWN, 6.0 + 12.0, EGO_MPS - 10.0, [])
    for braking, band in ((0.0, "proximity_conflict"), (6.0, "near_crash")):
        states = drive(closing, ego_v=EGO_MPS - braking * np.clip(T - 0.3, 0.0, 1.6))
        found = near_misses(states, relate(states))
        assert found[0].parameters["severity"] == band
    far = drive(track(1, OWN, 80.0, EGO_MPS - 2.0, []))
    assert near_misses(far, relate(far)) == []


def test_who_is_in_the_way_that_the_ego_is_about_to_take_is_met_before_the_mark_is_crossed():
    """A slow car in the next lane: the ego moves over behind it, or stays."""
    slow = track(1, NEXT, 60.0, EGO_MPS - 12.0, [])
    over, past = drive(slow, ego_moves=[Move(2.0, 2.0, LANE_M)]), drive(slow)
    (event,) = near_misses(over, relate(over))
    # it asks for 3.4 m/s2 once the gap is 12 m/s squared / 6.8 m/s2; the mark is crossed at 3 s
    assert event.start / RATE_HZ == pytest.approx((60.0 - 2.3 - 3.7 - 12.0**2 / 6.8) / 12.0, abs=0.02)
    assert near_misses(past, relate(past)) == []


def test_the_corner_of_a_turned_box_counts():
    turned = track(1, NEXT, 60.0, EGO_MPS, [])
    turned = dataclasses.replace(turned, yaw_map_rad=np.full(len(T), 0.3))
    states = drive(turned)
    across = 2.3 * np.sin(0.3) + 0.9 * np.cos(0.3)
    np.testing.assert_allclose(relate(states).depth_m[0], across - LANE_M / 2, atol=1e-9)


def test_an_encounter_knows_the_smallest_ttc():
    v = EGO_MPS - 5.0 * np.clip(1.0 - T / 6.0, 0.0, 1.0)  # closes by 15 m and no more
    states = drive(track(1, OWN, 6.0 + 20.0, v, []))
    gap, closing = 20.0 - (5.0 * T - 5.0 * T**2 / 12.0), 5.0 * (1.0 - T / 6.0)
    expected = (gap[:599] / closing[:599]).min()
    found = encounters(states, relate(states))
    assert (expected <= 3.0) == bool(found)
    if found:
        assert found[0].parameters["min_ttc_s"] == pytest.approx(expected, abs=0.02)


def test_speeding_is_measured_where_the_map_has_a_limit():
    zone = LimitZone(100.0, 300.0, 80)
    (event,) = [e for e in ego_events(drive(zone=zone)) if e.scenario_id == "overspeed"]
    assert (event.start / RATE_HZ, event.end / RATE_HZ) == pytest.approx((4.0, 12.0), abs=0.05)
    assert event.parameters["severity"] == "serious"
    assert ego_events(drive(zone=LimitZone(100.0, 300.0, 100))) == []
    assert ego_events(drive(zone=zone, has_map=False)) == []


def test_the_bus_tells_who_drives_and_the_truth_repeats_it():
    story = AssistStory("takeover", 5.0, 2.0, 6.0, is_odd_exit=True)
    states = drive(assist=story)
    signals = assist_signals(states, relate(states))
    found = {e.scenario_id: (e.start / RATE_HZ, e.end / RATE_HZ) for e in bus_events(states, signals)}
    assert found["odd_exit"] == pytest.approx((5.0, 11.0), abs=0.02)
    assert found["takeover"] == pytest.approx((5.2, 7.0), abs=0.02)
    assert found["disengagement"][0] == pytest.approx(7.0, abs=0.03)
    assert set(found) == {"odd_exit", "takeover", "disengagement"}
    unanswered = drive(assist=AssistStory("mrm", 5.0, outside_s=20.0))
    signals = assist_signals(unanswered, relate(unanswered))
    assert np.flatnonzero(signals.mrm_active)[0] / RATE_HZ == pytest.approx(15.0)
    assert not np.any(signals.mode == MANUAL)


def test_emergency_braking_is_no_disengagement_and_a_hard_foot_is_one():
    closing = track(1, OWN, 6.0 + 14.0, EGO_MPS - 12.0, [])
    braked = drive(closing, ego_v=EGO_MPS - 7.0 * np.clip(T - 0.2, 0.0, 1.8))
    kinds = [e.scenario_id for e in bus_events(braked, assist_signals(braked, relate(braked)))]
    assert "aeb_activation" in kinds
    assert "fcw" in kinds
    assert "disengagement" not in kinds
    foot = drive(ego_v=EGO_MPS - 4.0 * np.clip(T - 5.0, 0.0, 1.5))
    (event,) = bus_events(foot, assist_signals(foot, relate(foot)))
    assert (event.scenario_id, event.parameters["initiator"]) == ("disengagement", "driver")
