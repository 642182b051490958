"""Claims of the sensor model: what is far, hidden or in the dark is missed more often, and clocks err as said."""

from collections import Counter

import numpy as np
import pytest

from fleet.clocks import DELAYS, draw_clocks
from fleet.occlusion import visible_share
from fleet.perception import Perception, detection_probability, position_sigma_m, reference_boxes
from fleet.relations import boxes_in_ego_frame
from fleet.setting import draw_setting, streams


def test_detection_falls_with_distance_darkness_rain_and_occlusion(simulated):
    by_light = {s.setting.light: s.setting for s in simulated if s.setting.rain_mmph == 0.0}
    distance = np.linspace(5.0, 120.0, 24)
    half, clear = np.full(24, 108.0), np.ones(24)
    day = detection_probability(distance, half, clear, by_light["day"])
    assert np.all(np.diff(day) < 0.0)
    assert np.all(detection_probability(distance, half, clear, by_light["night"]) < day)
    assert np.all(detection_probability(distance, half, 0.3 * clear, by_light["day"]) < day)
    assert np.all(detection_probability(distance, half, 0.1 * clear, by_light["day"]) == 0.0)
    wet = next(s.setting for s in simulated if s.setting.rain_mmph > 0.0)
    dry = by_light[wet.light]
    assert np.all(detection_probability(distance, half, clear, wet) < detection_probability(distance, half, clear, dry))


def test_the_onboard_list_misses_more_and_errs_more_far_away(simulated):
    seen, there, errors = Counter(), Counter(), {False: [], True: []}
    for n, states in enumerate(simulated[:8]):
        perception = Perception(states, np.random.default_rng(n))
        for frame in range(600):
            boxes, _ = boxes_in_ego_frame(states, frame * 10)
            found = np.array([b.pose[:2] for b in perception.frame(frame)]).reshape(-1, 2)
            for x, y, length in boxes[:, [0, 1, 3]]:
                distance = np.hypot(x, y)
                if length < 1.0 or x < 0.0 or distance > 110.0:
                    continue
                is_far = bool(distance > 75.0)
                there[is_far] += 1
                miss = np.hypot(*(found - [x, y]).T).min() if len(found) else np.inf
                if miss < 2.5:
                    seen[is_far] += 1
                    errors[is_far].append(miss)
    assert seen[False] / there[False] > seen[True] / there[True] + 0.1
    assert np.median(errors[True]) > 1.5 * np.median(errors[False])


def test_false_objects_exist_and_are_rare(simulated):
    states = simulated[0]
    perception = Perception(states, np.random.default_rng(0))
    ghosts = real = 0
    for frame in range(600):
        boxes, _ = boxes_in_ego_frame(states, frame * 10)
        for box in perception.frame(frame):
            near = np.hypot(boxes[:, 0] - box.pose[0], boxes[:, 1] - box.pose[1]).min() if len(boxes) else np.inf
            ghosts, real = ghosts + (near > 4.0), real + (near <= 4.0)
    assert 0 <= ghosts < 0.2 * real


def test_position_noise_grows_with_distance():
    along, across = position_sigma_m(np.array([5.0, 50.0, 100.0]))
    assert np.all(np.diff(along) > 0.0)
    assert np.all(across < along)


def test_the_reference_list_is_complete_within_range(simulated):
    states = simulated[1]
    rng = np.random.default_rng(0)
    for frame in range(0, 600, 50):
        boxes, _ = boxes_in_ego_frame(states, frame * 10)
        within = int((np.hypot(boxes[:, 0], boxes[:, 1]) <= states.setting.range_m).sum())
        assert len(reference_boxes(states, frame, rng)) == within


def test_a_box_behind_a_nearer_one_is_hidden():
    x, y = np.array([20.0, 40.0, 40.0]), np.array([0.0, 0.0, 12.0])
    size = np.array([4.5, 4.5, 4.5]), np.array([2.0, 1.8, 1.8])
    share = visible_share(x, y, np.zeros(3), *size, 2.0)
    assert share.tolist() == [1.0, 0.0, 1.0]


def test_most_clocks_are_in_step_and_some_drives_have_one_that_is_not():
    far = []
    for index in range(60):
        rngs = streams(4, index)
        clocks = draw_clocks(draw_setting(4, index, 60.0, rngs["setting"]), rngs["clock"])
        out = [c for c in clocks.values() if abs(c.offset_s) >= 0.002]
        assert len(out) <= 1
        far += out
        assert clocks["/reference/objects"].offset_s == 0.0
    assert 8 <= len(far) <= 30
    assert all(0.3 <= abs(c.offset_s) <= 3.0 and 5.0 <= abs(c.drift_ppm) <= 60.0 for c in far)


def test_object_lists_arrive_60_to_120_ms_late_and_in_order():
    rngs = streams(4, 1)
    clocks = draw_clocks(draw_setting(4, 1, 60.0, rngs["setting"]), rngs["clock"])
    t = np.arange(600) / 10
    delay = clocks["/perception/objects"].log_ns(0, t, rngs["clock"]) / 1e9 - t
    assert 0.055 < np.median(delay) < 0.125
    for topic in DELAYS:
        assert np.all(np.diff(clocks[topic].log_ns(0, t, rngs["clock"])) >= 0)


def test_a_stamp_follows_offset_and_drift():
    rngs = streams(4, 1)
    clock = draw_clocks(draw_setting(4, 1, 60.0, rngs["setting"]), rngs["clock"])["/sensing/imu"]
    stamps = clock.stamp_ns(10**18, np.array([0.0, 100.0]))
    assert stamps[0] - 10**18 == pytest.approx(clock.offset_s * 1e9, abs=200)
    assert stamps[1] - stamps[0] == pytest.approx(1e11 * (1 + clock.drift_ppm * 1e-6), abs=200)
