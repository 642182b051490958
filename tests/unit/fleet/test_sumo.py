"""SUMO's traffic as recordings: places, bearings and lane changes mean the same after the translation."""

import math
import xml.etree.ElementTree as ET  # files this test wrote
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from fleet.sumo import network, run, truth
from fleet.sumo.generate import generate_sumo
from fleet.sumo.lanes import Lane, Lanes, marks
from fleet.sumo.motion import LANE_CHANGE_S, Body, bodies, side_m, trailed_rad
from fleet.sumo.recording import START_NS
from fleet.sumo.run import Conflict, LaneChange, Run, SumoError
from fleet.sumo.traffic import KINDS, write_traffic
from training.truth_table import read_truth

WIDTH_M = 3.5


def fcd_of(
    name: str, kind: str, lane_of_tick: list[str], y_m: list[float], speed_mps: float, x_m: float
) -> pl.DataFrame:
    ticks = np.arange(len(lane_of_tick))
    return pl.DataFrame(
        {
            "time_s": ticks / 10,
            "vehicle": [name] * len(ticks),
            "x_m": x_m + speed_mps * ticks / 10,
            "y_m": y_m,
            "angle_deg": [90.0] * len(ticks),
            "speed_mps": [speed_mps] * len(ticks),
            "kind": [kind] * len(ticks),
            "lane": lane_of_tick,
            "pos_m": x_m + speed_mps * ticks / 10,
        }
    )


def straight_road(num_lanes: int = 3) -> Lanes:
    lanes = [
        Lane(f"e_{k}", "e", k, num_lanes, WIDTH_M, np.array([[0.0, WIDTH_M * k], [2000.0, WIDTH_M * k]]), 2000.0)
        for k in range(num_lanes)
    ]
    return Lanes({lane.lane_id: lane for lane in lanes}, {})


def cut_in_run(
    conflicts: list[Conflict] = [],  # noqa: B006
    turns_off_s: float = 0.0,
) -> tuple[truth.Traffic, Body]:
    """The ego in lane 0; a car 30 m ahead comes from lane 1 into lane 0 after 10 s, as SUMO reports it.

    Between them another leaves the road for a side street at `turns_off_s`.
    """
    ego = fcd_of("ego0", "steady", ["e_0"] * 250, [0.0] * 250, 20.0, 50.0)
    lanes = ["e_1"] * 100 + ["e_0"] * 150
    other = fcd_of("car1", "car", lanes, [WIDTH_M if lane == "e_1" else 0.0 for lane in lanes], 20.0, 84.6)
    ticks = round(turns_off_s * 10)
    way = [-0.8 * max(tick - ticks, 0) for tick in range(250)]  # its rear is out of the lane 0.3 s later
    between = fcd_of("car2", "car", ["e_0"] * ticks + ["side_0"] * (250 - ticks), way, 20.0, 65.0)
    made = Run(
        Path(),
        pl.concat([ego, other, *([between] if ticks else [])]),
        [LaneChange("car1", 10.0, -1)],
        conflicts,
        "SUMO",
    )
    everyone = bodies(made, WIDTH_M)
    return truth.traffic(made, everyone, straight_road(), WIDTH_M, "motorway"), everyone["ego0"]


def test_a_lane_change_is_drawn_out_around_its_instant() -> None:
    t = np.arange(0.0, 10.0, 0.1)
    side, speed = side_m(t, [LaneChange("v", 5.0, 1)], WIDTH_M)
    place = side + np.where(t > 5.0 - 1e-6, WIDTH_M, 0.0)  # SUMO's place plus the body's distance from it
    assert place[0] == 0.0
    assert place[-1] == pytest.approx(WIDTH_M)
    assert np.interp(5.0, t, place) == pytest.approx(WIDTH_M / 2, abs=0.01)
    assert np.abs(np.diff(place)).max() < 0.25  # no jump is left
    moving = t[speed > 0.01]
    assert moving[-1] - moving[0] == pytest.approx(LANE_CHANGE_S, abs=0.2)


def test_a_lane_change_that_is_taken_back_at_once_hardly_moves_the_body() -> None:
    t = np.arange(0.0, 10.0, 0.1)
    changes = [LaneChange("v", 5.0, 1), LaneChange("v", 5.1, -1)]
    place = side_m(t, changes, WIDTH_M)[0] + np.where((t > 4.99) & (t < 5.09), WIDTH_M, 0.0)
    assert np.abs(place).max() < 0.25


def test_the_rear_follows_the_front_and_a_slow_lorry_turns_less_than_its_front_moves() -> None:
    course = np.r_[0.0, np.full(200, 0.2)]
    fast, slow = (trailed_rad(course, np.full(201, v), 4.0) for v in (30.0, 3.0))
    assert fast[4] == pytest.approx(0.2, abs=0.005)
    assert slow[10] == pytest.approx(0.2 * (1 - math.exp(-1.0)), abs=1e-6)  # one length to the rear axle driven
    assert trailed_rad(course, np.zeros(201), 4.0).max() == 0.0


def test_what_a_standing_vehicle_does_is_no_lane_change() -> None:
    world, ego = cut_in_run()
    car, change = world.bodies["car1"], world.changes["car1"][0]
    assert truth.is_driven(car, change, WIDTH_M)
    standing = replace(car, speed_mps=np.where(np.arange(250) == 95, 0.0, car.speed_mps))
    assert not truth.is_driven(standing, change, WIDTH_M)
    world.bodies["car1"] = standing
    assert [e["is_ignored"] for e in (*truth._cut_ins(world, ego), *truth._lane_changes(world, ego))] == [True] * 2


def test_front_bumper_and_compass_become_ego_origin_and_yaw() -> None:
    rows = fcd_of("v", "car", ["e_0"] * 5, [7.0] * 5, 0.0, 100.0).with_columns(angle_deg=pl.lit(30.0))
    body = bodies(Run(Path(), rows, [], [], ""), WIDTH_M)["v"]
    assert body.yaw_rad[0] == pytest.approx(math.radians(60.0))  # 30 degrees from north is 60 from east
    x, y = body.point_m(3.7)
    assert (x[0], y[0]) == (pytest.approx(100.0 - 3.7 * 0.5), pytest.approx(7.0 - 3.7 * math.sqrt(0.75)))


def test_marks_lie_half_a_lane_left_and_right_in_the_frame_of_the_vehicle() -> None:
    road = straight_road()
    line = np.stack([np.arange(0.0, 100.0, 2.0), np.full(50, WIDTH_M)], axis=1)
    found = marks(road.by_id["e_1"], line, 10.0, WIDTH_M + 0.4, 0.0)
    offsets = {side: round(float(c[0]), 6) for side, (c, _, _) in found.items()}
    assert offsets == {"ego_left": 1.35, "ego_right": -2.15, "next_left": 4.85, "next_right": -5.65}
    assert found["ego_left"][1:] == (-10.0, 88.0)
    around_a_corner = np.stack([np.zeros(20), np.arange(0.0, 40.0, 2.0)], axis=1)
    assert marks(road.by_id["e_1"], around_a_corner, 0.0, 0.0, 0.0) == {}


def test_a_cut_in_starts_where_the_body_is_thirty_centimetres_over_the_mark(tmp_path: Path) -> None:
    world, ego = cut_in_run()
    truth.write_truth(world, ego, tmp_path / "d")
    [event] = [e for e in read_truth(tmp_path).events if e["scenario_id"] == "cut_in"]
    assert (event["actor_track_id"], event["is_ignored"]) == ("car1", False)
    [moved] = [e for e in read_truth(tmp_path).events if e["scenario_id"] == "lane_change"]
    assert (moved["actor_track_id"], moved["t_end_ns"] - moved["t_start_ns"]) == ("car1", 2.4e9)
    body, t_s = world.bodies["car1"], (event["t_start_ns"] - START_NS) / 1e9
    near_side = float(np.interp(t_s, np.arange(250) / 10, body.y_front_m)) - KINDS["car"].width_m / 2
    assert near_side == pytest.approx(WIDTH_M / 2 - truth.INTRUSION_M, abs=0.06)


@pytest.mark.parametrize(("across_deg", "is_ignored"), [(0.0, False), (44.0, False), (46.0, True), (-90.0, True)])
def test_a_cut_in_by_a_body_that_stands_across_the_lane_is_not_judged(across_deg: float, is_ignored: bool) -> None:
    world, ego = cut_in_run()
    car = world.bodies["car1"]
    turned = np.full_like(car.turned_rad, math.radians(across_deg))
    world.bodies["car1"] = replace(car, turned_rad=turned, yaw_rad=car.yaw_rad - car.turned_rad + turned)
    [event] = truth._cut_ins(world, ego)
    assert (event["actor_track_id"], event["is_ignored"]) == ("car1", is_ignored)


@pytest.mark.parametrize(("turns_off_s", "is_cut_in"), [(11.0, True), (11.4, True), (11.6, False), (11.9, False)])
def test_who_comes_in_leads_within_two_seconds_of_it_also_after_the_rear_of_one_that_turns_off(
    turns_off_s: float, is_cut_in: bool
) -> None:
    world, ego = cut_in_run(turns_off_s=turns_off_s)  # inside from 9.7 s on
    assert [event["actor_track_id"] for event in truth._cut_ins(world, ego)] == ["car1"] * is_cut_in


def test_a_vehicle_that_turns_back_at_once_has_not_cut_in() -> None:
    world, ego = cut_in_run()
    world.changes["car1"].append(LaneChange("car1", 10.8, 1))
    assert [e["is_ignored"] for e in (*truth._cut_ins(world, ego), *truth._lane_changes(world, ego))] == [True] * 3


def test_encounters_are_intervals_of_small_ttc_with_the_smallest() -> None:
    instants = [(11.0, 3.0), (11.1, 2.5), (11.2, 2.8), (14.0, 3.9), (14.1, 5.0)]
    world, ego = cut_in_run([Conflict("ego0", "car1", t, ttc) for t, ttc in instants])
    found = truth._encounters(world, ego)
    spans = [(round((e["t_start_ns"] - START_NS) / 1e9, 1), e["min_ttc_s"]) for e in found]  # type: ignore[operator]
    assert spans == [(11.0, 2.5), (14.0, 3.9)]


def test_only_settled_lane_changes_count() -> None:
    changes = [LaneChange("v", t, 1) for t in (10.0, 10.1, 20.0)]
    assert [truth.is_settled(change, changes) for change in changes] == [False, False, True]


def test_networks_and_routes_fit_together(tmp_path: Path) -> None:
    road = network.motorway(tmp_path)
    edges = {edge.get("id") for edge in ET.parse(tmp_path / "motorway.edg.xml").getroot()}  # noqa: S314
    assert {edge for route in road.routes for edge in route} <= edges
    egos = write_traffic(tmp_path / "a.rou.xml", road, 5, 200.0, 3, 0.5)
    again = write_traffic(tmp_path / "b.rou.xml", road, 5, 200.0, 3, 0.5)
    assert egos == again == ["ego0", "ego1", "ego2"]
    assert (tmp_path / "a.rou.xml").read_bytes() == (tmp_path / "b.rou.xml").read_bytes()
    with_device = [v.get("id") for v in ET.parse(tmp_path / "a.rou.xml").getroot() if v.find("param") is not None]  # noqa: S314
    assert with_device == egos


def test_without_sumo_the_error_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SUMO_HOME", raising=False)
    monkeypatch.setenv("PATH", "")
    monkeypatch.setitem(__import__("sys").modules, "sumo", None)
    with pytest.raises(SumoError, match="make sumo"):
        run.program("sumo")


@pytest.mark.slow
def test_a_short_run_gives_drives_and_a_truth(tmp_path: Path) -> None:
    try:
        run.program("sumo")
    except SumoError:
        pytest.skip("SUMO is not installed: make sumo")
    summary = generate_sumo(tmp_path / "landing", tmp_path / "truth", 1, 200.0, 3, "local")
    assert summary.drive_ids
    assert all((tmp_path / "landing" / "local" / d / "drive.json").exists() for d in summary.drive_ids)
    assert set(read_truth(tmp_path / "truth").scenarios) == {"cut_in", "lane_change", "encounter"}
