"""The map topic: longtail.MapElements as JSON, in the frame of the odometry, there whenever the drive is cut."""

import json

import numpy as np
from mcap.reader import make_reader

from fleet.map_elements import map_message
from fleet.setting import draw_setting, streams


def inside(polygon, x, y):
    points = np.array(polygon)
    before, after = points, np.roll(points, -1, axis=0)
    crosses = (before[:, 1] > y) != (after[:, 1] > y)
    with np.errstate(divide="ignore", invalid="ignore"):
        at = before[:, 0] + (y - before[:, 1]) * (after[:, 0] - before[:, 0]) / (after[:, 1] - before[:, 1])
    return bool((crosses & (x < at)).sum() % 2)


def test_the_ego_is_on_one_road_and_in_the_lane_it_drives_in_all_along(simulated):
    for states in simulated[:8]:
        elements = json.loads(map_message(states))["elements"]
        assert len({e["element_id"] for e in elements}) == len(elements)
        for sample in range(0, len(states.t_s), 500):
            x, y = states.ego.x_map_m[sample], states.ego.y_map_m[sample]
            around = [e for e in elements if inside(e["polygon_xy_m"], x, y)]
            (road,) = [e for e in around if e["kind"] == "road"]
            lanes = [e["element_id"] for e in around if e["kind"] == "lane"]
            assert f"lane-{states.road.lane_of(states.ego.d[sample])}-{road['element_id'][5:]}" in lanes
            assert abs(road["speed_limit_mps"] - states.limit_mps(float(states.ego.s[sample]))) < 1e-3


def test_a_crosswalk_lies_where_people_cross(simulated):
    states = next(s for s in simulated if s.crosswalks and s.setting.road_kind == "urban")
    crosswalks = [e for e in json.loads(map_message(states))["elements"] if e["kind"] == "crosswalk"]
    assert len(crosswalks) == len(states.crosswalks)
    low, high = states.crosswalks[0]
    x, y, _, _ = states.road.to_map(np.array([(low + high) / 2]), np.array([2.0]))
    assert inside(crosswalks[0]["polygon_xy_m"], x[0], y[0])


def test_some_drives_have_no_map_and_the_others_repeat_it(fleet):
    for index in range(4):
        with (fleet.folder(index) / "recording.mcap").open("rb") as file:
            messages = [(m.log_time, m.data) for _, _, m in make_reader(file).iter_messages(topics=["/map/elements"])]
        setting = draw_setting(11, index, 12.0, streams(11, index)["setting"])
        assert len(messages) == (3 if setting.has_map else 0)
        assert len({data for _, data in messages}) <= 1
        assert not messages or messages[0][0] - setting.started_ns < 10**8
    drawn = [draw_setting(7, index, 60.0, streams(7, index)["setting"]) for index in range(48)]
    without = [s for s in drawn if not s.has_map]
    assert 4 <= len(without) <= 20
    assert {s.road_kind for s in without} == {"highway", "urban"}
