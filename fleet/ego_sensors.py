"""What the ego measures of itself and of the lane marks: odometry, IMU, GNSS and lane camera, with their errors."""

import json

import numpy as np
from numpy.typing import NDArray

from fleet import ros2
from fleet.clocks import StreamClock
from fleet.simulate import DriveStates

Array = NDArray[np.float64]
Times = NDArray[np.int64]
EARTH_RADIUS_M = 6_378_137.0
GRAVITY_MPS2 = 9.80665
FIT_X_M = np.array([-8.0, 4.0, 16.0, 28.0, 42.0, 56.0, 72.0])


def _at(states: DriveStates, t: Array, values: Array) -> Array:
    return np.interp(t, states.t_s, values)


def _slow(num: int, step_s: float, period_s: float, sigma: float, rng: np.random.Generator) -> Array:
    """Noise that changes over period_s: white values at the knots, linear between."""
    knots = rng.normal(0.0, sigma, int(num * step_s / period_s) + 3)
    return np.interp(np.arange(num) * step_s / period_s, np.arange(len(knots)), knots)


def odometry(states: DriveStates, t: Array, clock: StreamClock, rng: np.random.Generator) -> tuple[Times, list[bytes]]:
    """nav_msgs/Odometry: map frame, position off by a few centimetres that wander slowly."""
    ego, n = states.ego, len(t)
    stamps = clock.stamp_ns(states.setting.started_ns, t)
    yaw = _at(states, t, np.unwrap(ego.yaw_map_rad)) + rng.normal(0.0, 0.0006, n) + _slow(n, 0.02, 6.0, 0.001, rng)
    position, q, linear, angular = np.zeros((n, 3)), np.zeros((n, 4)), np.zeros((n, 3)), np.zeros((n, 3))
    position[:, 0] = _at(states, t, ego.x_map_m) + _slow(n, 0.02, 5.0, 0.04, rng) + rng.normal(0.0, 0.004, n)
    position[:, 1] = _at(states, t, ego.y_map_m) + _slow(n, 0.02, 5.0, 0.04, rng) + rng.normal(0.0, 0.004, n)
    q[:, 2], q[:, 3] = np.sin(yaw / 2), np.cos(yaw / 2)
    linear[:, 0] = _at(states, t, ego.speed_mps) + rng.normal(0.0, 0.015, n)
    linear[:, 1] = rng.normal(0.0, 0.01, n)
    angular[:, 2] = _at(states, t, states.yaw_rate_radps) + rng.normal(0.0, 0.0015, n)
    columns = {"position": position, "q_xyzw": q, "linear": linear, "angular": angular}
    return stamps, ros2.payloads(columns, stamps, ros2.ODOMETRY)


def imu(states: DriveStates, t: Array, clock: StreamClock, rng: np.random.Generator) -> tuple[Times, list[bytes]]:
    """sensor_msgs/Imu at the ego origin: acceleration with gravity, a constant bias and white noise."""
    n = len(t)
    stamps = clock.stamp_ns(states.setting.started_ns, t)
    bias = rng.normal(0.0, 0.025, 3)
    linear = rng.normal(0.0, 0.07, (n, 3)) + bias
    linear[:, 0] += _at(states, t, states.ax_ego_mps2)
    linear[:, 1] += _at(states, t, states.ay_ego_mps2)
    linear[:, 2] += GRAVITY_MPS2
    angular = rng.normal(0.0, 0.0012, (n, 3)) + rng.normal(0.0, 0.0006, 3)
    angular[:, 2] += _at(states, t, states.yaw_rate_radps)
    covariance = np.zeros((n, 9))
    covariance[:, 0] = -1.0  # no orientation: the way sensor_msgs says so
    q = np.tile([0.0, 0.0, 0.0, 1.0], (n, 1))
    columns = {"linear": linear, "angular": angular, "q_xyzw": q, "q_covariance": covariance}
    return stamps, ros2.payloads(columns, stamps, ros2.IMU)


def gnss(states: DriveStates, t: Array, clock: StreamClock, rng: np.random.Generator) -> tuple[Times, list[bytes]]:
    """sensor_msgs/NavSatFix: map x is east, y is north of the drive's origin; errors of about a metre, slow."""
    setting, n = states.setting, len(t)
    stamps = clock.stamp_ns(setting.started_ns, t)
    east = _at(states, t, states.ego.x_map_m) + _slow(n, 0.1, 20.0, 0.8, rng) + rng.normal(0.0, 0.12, n)
    north = _at(states, t, states.ego.y_map_m) + _slow(n, 0.1, 20.0, 0.8, rng) + rng.normal(0.0, 0.12, n)
    latitude = setting.latitude_deg + np.degrees(north / EARTH_RADIUS_M)
    longitude = setting.longitude_deg + np.degrees(east / (EARTH_RADIUS_M * np.cos(np.radians(setting.latitude_deg))))
    covariance = np.zeros((n, 9))
    covariance[:, [0, 4]], covariance[:, 8] = 0.7, 2.5
    columns = {
        "latitude": latitude, "longitude": longitude, "altitude": 520.0 + _slow(n, 0.1, 15.0, 1.2, rng),
        "service": np.full(n, 9), "covariance": covariance, "covariance_type": np.full(n, 2),
    }  # fmt: skip
    return stamps, ros2.payloads(columns, stamps, ros2.NAV_SAT_FIX)


def boundary_polynomials(states: DriveStates, t: Array, mark_d: Array) -> Array:
    """Cubics (n, 4) in the ego frame of the marks at mark_d (n,) [m of road d], fitted over FIT_X_M ahead."""
    ego, road = states.ego, states.road
    s, x0, y0 = (_at(states, t, values) for values in (ego.s, ego.x_map_m, ego.y_map_m))
    yaw = _at(states, t, np.unwrap(ego.yaw_map_rad))
    x, y, _, _ = road.to_map(s[:, None] + FIT_X_M[None, :], mark_d[:, None])
    c, sn = np.cos(yaw)[:, None], np.sin(yaw)[:, None]
    px, py = c * (x - x0[:, None]) + sn * (y - y0[:, None]), -sn * (x - x0[:, None]) + c * (y - y0[:, None])
    scaled = px / 50.0
    basis = np.stack([np.ones_like(scaled), scaled, scaled**2, scaled**3], axis=2)
    normal = basis.transpose(0, 2, 1) @ basis
    weights = np.linalg.solve(normal, (basis * py[:, :, None]).sum(axis=1)[:, :, None])[:, :, 0]
    return weights / 50.0 ** np.arange(4)


def lanes(states: DriveStates, t: Array, clock: StreamClock, rng: np.random.Generator) -> tuple[Times, list[bytes]]:
    """longtail.LaneBoundaries as JSON: marks of the ego lane and the next ones, as a lane camera sends them."""
    setting, road, n = states.setting, states.road, len(t)
    stamps = clock.stamp_ns(setting.started_ns, t)
    width = road.lane_width_m
    lane = np.clip(_at(states, t, states.ego.d) // width, 0, road.num_lanes - 1)
    is_poor = setting.light == "night" or setting.rain_mmph > 2.0
    reach_m = 55.0 if is_poor else 80.0
    sides = []
    for side, step in (("ego_left", 1), ("ego_right", 0), ("next_left", 2), ("next_right", -1)):
        number = lane + step
        poly = boundary_polynomials(states, t, number * width)
        poly[:, 0] += _slow(n, 0.1, 2.0, 0.015, rng) + rng.normal(0.0, 0.01, n)
        poly[:, 1] += rng.normal(0.0, 0.0006, n)
        miss = 0.02 if side.startswith("ego") else 0.08
        seen = (rng.random(n) > miss * (2.0 if is_poor else 1.0)) & (number >= 0) & (number <= road.num_lanes)
        quality = np.round(rng.uniform(0.55, 0.8, n) if is_poor else rng.uniform(0.8, 0.99, n), 2)
        sides.append((side, number, np.round(poly, 9).tolist(), seen, quality.tolist()))
    messages = []
    for i, stamp in enumerate(stamps.tolist()):
        boundaries = [
            {
                "side": side, "c0_m": poly[i][0], "c1": poly[i][1], "c2_1pm": poly[i][2], "c3_1pm2": poly[i][3],
                "x_min_m": 0.0, "x_max_m": reach_m, "quality": quality[i],
                "type": _mark_type(int(number[i]), road.num_lanes),
            }
            for side, number, poly, seen, quality in sides
            if seen[i]
        ]  # fmt: skip
        header = {"stamp": {"sec": stamp // 10**9, "nanosec": stamp % 10**9}, "frame_id": "base_link"}
        messages.append(json.dumps({"header": header, "boundaries": boundaries}, separators=(",", ":")).encode())
    return stamps, messages


def _mark_type(number: int, num_lanes: int) -> str:
    return "solid" if number in (0, num_lanes) else "dashed"
