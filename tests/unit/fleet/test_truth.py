"""The truth against closed form: built states in which the answer is known."""

import numpy as np
import pyarrow.parquet as pq
import pytest

from fleet.lane_events import cut_ins, severity
from fleet.manoeuvres import LateralPlan, Move
from fleet.relations import relate, runs
from fleet.roads import make_road
from fleet.setting import draw_setting, streams
from fleet.simulate import RATE_HZ, DriveStates, Track
from fleet.truth import COVERED, reference_track_id, truth_events

LANE_M = 3.5
OF_THE_EGO = {
    "hard_brake", "emergency_lane_change", "lane_change", "stationary", "overspeed", "aeb_activation", "fcw",
    "takeover", "disengagement", "odd_exit", "mrm",
}  # fmt: skip


def track(number: int, plan: LateralPlan, s0: float, v: float, road, seconds: float = 20.0) -> Track:
    t = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    s, vs = s0 + v * t, np.full(len(t), v)
    d, vd = plan.arrays(t, s, vs)
    x, y, heading, _ = road.to_map(s, d)
    front, rear = (3.7, 1.0) if number == 0 else (2.3, 2.3)
    return Track(
        number, "car", front + rear, 1.8, 1.5, front, rear, 0, s, d, vs, vd, np.zeros(len(t)), x, y, heading, vs
    )


def drive(ego_moves: list[Move], actor_moves: list[Move], s0: float = 40.0, v: float = 22.0) -> DriveStates:
    rngs = streams(1, 0)
    setting = draw_setting(1, 0, 20.0, rngs["setting"])
    road = make_road("highway", 1500.0, np.random.default_rng(0))
    ego = track(0, LateralPlan(1.5 * LANE_M, moves=ego_moves), 0.0, 25.0, road)
    actor = track(7, LateralPlan(2.5 * LANE_M, moves=actor_moves), s0, v, road)
    zero = np.zeros(len(ego.s))
    return DriveStates(setting, road, np.arange(len(zero)) / RATE_HZ, ego, zero, zero, zero, [actor])


def test_a_cut_in_begins_when_the_near_side_is_030_m_over_the_mark():
    states = drive([], [Move(5.0, 4.0, -LANE_M)])
    (event,) = cut_ins(states, relate(states))
    # near side = d - 0.9; mark at 7.0 m; so d = 7.0 - 0.30 + 0.9 = 7.6 and the quintic has done (8.75 - 7.6) / 3.5
    share = (2.5 * LANE_M - 7.6) / LANE_M
    u = np.linspace(0.0, 1.0, 100_001)
    crossing = 5.0 + 4.0 * np.interp(share, u**3 * (10 - 15 * u + 6 * u**2), u)
    assert event.start / RATE_HZ == pytest.approx(crossing, abs=1.5 / RATE_HZ)
    gap = 40.0 - 2.3 - 3.7 - 3.0 * crossing
    assert event.parameters["gap_m"] == pytest.approx(gap, abs=0.3)
    assert event.parameters["closing_speed_mps"] == pytest.approx(3.0, abs=0.1)
    assert event.actor == 7


def test_a_drift_within_the_lane_is_no_cut_in():
    states = drive([], [Move(5.0, 4.0, -1.1)])
    assert cut_ins(states, relate(states)) == []


def test_a_lane_change_of_the_ego_makes_no_cut_in():
    states = drive([Move(5.0, 4.0, LANE_M)], [])
    rel = relate(states)
    assert rel.lead[10 * RATE_HZ] == 0
    assert cut_ins(states, rel) == []


def test_crossing_the_ego_lane_without_staying_a_second_is_no_cut_in():
    states = drive([], [Move(5.0, 1.6, -2.1 * LANE_M)])
    assert cut_ins(states, relate(states)) == []


def test_moving_in_behind_the_ego_is_no_cut_in():
    states = drive([], [Move(5.0, 4.0, -LANE_M)], s0=-40.0)
    assert cut_ins(states, relate(states)) == []


@pytest.mark.parametrize(
    ("kph", "boundary_s"), [(10, 0.58), (20, 0.81), (30, 1.04), (40, 1.28), (50, 1.51), (60, 1.74)]
)
def test_the_unavoidable_band_is_the_r157_table(kph, boundary_s):
    closing = kph / 3.6
    assert severity(closing * (boundary_s - 0.006), closing, 30.0) == "regulatory_unavoidable"
    assert severity(closing * (boundary_s + 0.006), closing, 30.0) == "critical"


def test_runs_merge_short_gaps_and_drop_short_runs():
    mask = np.zeros(100, dtype=bool)
    mask[10:40] = mask[45:70] = mask[90:95] = True
    assert runs(mask, merge=5, shortest=10) == [(10, 70)]
    assert runs(mask, merge=4, shortest=10) == [(10, 40), (45, 70)]


def test_hard_brakes_last_three_tenths_of_a_second():
    states = drive([], [])
    states.ax_ego_mps2[500:529] = -3.2
    states.ax_ego_mps2[900:931] = -3.2
    (event,) = [e for e in truth_events(states) if e.scenario_id == "hard_brake"]
    assert (event.start, event.end) == (900, 931)


def test_written_events_point_to_actors_of_the_reference_list(fleet):
    for drive_id in fleet.summary.drive_ids:
        events = pq.read_table(fleet.truth / drive_id / "events.parquet").to_pylist()
        actors = pq.read_table(fleet.truth / drive_id / "actors.parquet").to_pylist()
        known = {a["actor_id"]: a["reference_track_id"] for a in actors}
        windows = pq.read_table(fleet.truth / drive_id / "windows.parquet").to_pylist()
        assert {(w["drive_id"], w["scenario_id"]) for w in windows} == {(drive_id, name) for name in COVERED}
        for event in events:
            assert event["t_start_ns"] < event["t_end_ns"]
            if event["actor_id"] is None:
                assert event["scenario_id"] in OF_THE_EGO
            else:
                assert event["reference_track_id"] == known[event["actor_id"]]
    assert reference_track_id(3) == "ref-0003"
