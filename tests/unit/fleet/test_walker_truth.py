"""Truth of people on foot against built states: jaywalking, crossings, near misses, who emerges from behind a van."""

import dataclasses

import numpy as np
import pytest

from fleet.gap_events import near_misses
from fleet.manoeuvres import Move
from fleet.occlusion import visible_share
from fleet.relations import boxes_in_ego_frame, relate
from fleet.simulate import RATE_HZ, DriveStates, Track
from fleet.walker_events import HIDDEN_SHARE, walker_events
from tests.unit.fleet.straight_world import OWN, T, drive, track


def crossing(s: float, goal_m: float) -> Track:
    """Walks from d = -3 m to the left at 1.4 m/s, from second 2 on, up to d = goal_m."""
    return track(1, -3.0, s, 0.0, [Move(2.0, (goal_m + 3.0) / 1.4, goal_m + 3.0, is_walk=True)], kind="pedestrian")


@pytest.mark.parametrize(
    ("s", "goal_m", "has_map", "found"),
    [
        (60.0, 13.0, True, ["jaywalking"]),
        (120.0, 13.0, True, ["ped_crossing"]),
        (60.0, 13.0, False, []),
        (60.0, -0.8, True, []),  # stops at the kerb
        (123.5, 13.0, True, ["jaywalking"]),  # 1.5 m beside the crosswalk
        (122.6, 13.0, True, []),  # 0.6 m beside it: neither
    ],
)
def test_where_somebody_walks_decides_what_it_is(s, goal_m, has_map, found):
    states = drive(crossing(s, goal_m), ego_v=np.maximum(8.0 - 0.8 * T, 2.5), has_map=has_map)
    states = dataclasses.replace(states, ego=track(0, OWN, s - 45.0, np.maximum(8.0 - 0.8 * T, 2.5), []))
    assert [e.scenario_id for e in walker_events(states)] == found


@pytest.mark.parametrize(("passed_s", "found"), [(6.2, 1), (5.0, 0)])
def test_who_steps_into_the_way_just_behind_the_car_is_a_near_miss_by_pet(passed_s, found):
    """In the way from d = 4.1 to 6.4 m, from 7.07 to 8.71 s; the rear has passed 60.25 m at passed_s."""
    states = drive(crossing(60.0, 13.0), ego_v=8.0)
    states = dataclasses.replace(states, ego=track(0, OWN, 61.25 - 8.0 * passed_s, 8.0, []))
    events = near_misses(states, relate(states))
    assert [(e.start / RATE_HZ, e.end / RATE_HZ) for e in events] == [pytest.approx((7.07, 8.71), abs=0.1)] * found


def test_somebody_seen_all_along_does_not_emerge_and_somebody_behind_a_van_does():
    van = track(2, 1.6, 57.2, 0.0, [])
    ego_v = 7.0
    open_view = drive(crossing(60.0, 13.0), ego_v=ego_v)
    hidden = drive(crossing(60.0, 13.0), van, ego_v=ego_v)
    assert "occluded_ped_emerging" not in [e.scenario_id for e in walker_events(open_view)]
    (event,) = [e for e in walker_events(hidden) if e.scenario_id == "occluded_ped_emerging"]
    assert 4.5 < event.start / RATE_HZ < 7.0


@pytest.mark.parametrize(("delay_s", "found"), [(-1.0, 1), (0.3, 1), (0.7, 0)])
def test_who_sets_out_long_after_coming_into_view_does_not_emerge(delay_s, found):
    """Somebody waits behind a van that the ego vehicle passes, and walks `delay_s` after the view has opened."""
    van = track(2, 1.6, 50.0, 0.0, [])

    def shares(states: DriveStates) -> np.ndarray:
        boxes = [boxes_in_ego_frame(states, i) for i in range(600)]
        eye_m = states.ego.front_m - 1.5
        return np.array([visible_share(*of.T[:5], eye_m)[numbers.index(1)] for of, numbers in boxes])

    def waiting_until(t_s: float) -> DriveStates:
        walk = Move(t_s, 11.8 / 1.4, 11.8, is_walk=True)
        return drive(track(1, 1.2, 60.0, 0.0, [walk], kind="pedestrian"), van, ego_v=10.0)

    opens_s = np.flatnonzero(shares(waiting_until(19.0)) > HIDDEN_SHARE)[0] / RATE_HZ
    events = [e.scenario_id for e in walker_events(waiting_until(opens_s + delay_s))]
    assert events.count("occluded_ped_emerging") == found
