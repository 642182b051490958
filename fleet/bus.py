"""CAN frames of the vehicle, packed by numpy in the layout of vehicle.dbc, which travels with every drive."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fleet.assist import assist_signals
from fleet.relations import relate
from fleet.simulate import RATE_HZ, DriveStates

DBC = Path(__file__).with_name("vehicle.dbc")
Array = NDArray[np.float64]

WHEEL_SPEEDS, STEERING, BRAKE, BODY, NAVIGATION, ADAS_STATUS = 256, 257, 258, 272, 288, 304
# offset within the cycle, so that frames of different messages never share an instant
SCHEDULE = {
    WHEEL_SPEEDS: (50, 0.001),
    STEERING: (50, 0.003),
    BRAKE: (50, 0.005),
    BODY: (5, 0.0072),
    NAVIGATION: (1, 0.0091),
    ADAS_STATUS: (10, 0.0111),
}


@dataclass(frozen=True)
class Frames:
    """All frames of a drive in time order: t_s (n,) since its start, can_id (n,), data (n, 8)."""

    t_s: Array
    can_id: NDArray[np.uint32]
    data: NDArray[np.uint8]


def can_frames(states: DriveStates, rng: np.random.Generator) -> Frames:
    """What the bus carries during the drive."""
    packers = {
        WHEEL_SPEEDS: _wheel_speeds, STEERING: _steering, BRAKE: _brake, BODY: _body, NAVIGATION: _navigation,
        ADAS_STATUS: _adas_status,
    }  # fmt: skip
    times, ids, data = [], [], []
    for can_id, (rate, phase) in SCHEDULE.items():
        t = np.arange(0.0, states.setting.seconds - phase, 1.0 / rate) + phase
        rows = np.zeros((len(t), 8), dtype=np.uint8)
        packers[can_id](states, t, rows, rng)
        times.append(t)
        ids.append(np.full(len(t), can_id, dtype=np.uint32))
        data.append(rows)
    t_s = np.concatenate(times)
    order = np.argsort(t_s, kind="stable")
    return Frames(t_s[order], np.concatenate(ids)[order], np.concatenate(data)[order])


def _at(states: DriveStates, t: Array, values: Array) -> Array:
    return np.interp(t, states.t_s, values)


def _wheel_speeds(states: DriveStates, t: Array, rows: NDArray[np.uint8], rng: np.random.Generator) -> None:
    vehicle = states.setting.vehicle
    v, yaw_rate = _at(states, t, states.ego.speed_mps), _at(states, t, states.yaw_rate_radps)
    kph = np.zeros((len(t), 4))
    for wheel, (x, side) in enumerate([(vehicle.wheelbase_m, 1), (vehicle.wheelbase_m, -1), (0.0, 1), (0.0, -1)]):
        kph[:, wheel] = 3.6 * np.hypot(v - side * vehicle.track_m / 2 * yaw_rate, x * yaw_rate)
    kph += rng.normal(0.0, 0.03, kph.shape) * (kph > 1.0)
    rows[:] = np.clip(np.round(kph / 0.01), 0, 65535).astype("<u2").view(np.uint8).reshape(-1, 8)


def _steering(states: DriveStates, t: Array, rows: NDArray[np.uint8], rng: np.random.Generator) -> None:
    vehicle = states.setting.vehicle
    curvature = states.yaw_rate_radps / np.maximum(states.ego.speed_mps, 1.0)
    degrees = np.degrees(np.arctan(vehicle.wheelbase_m * curvature)) * vehicle.steering_ratio
    angle = _at(states, t, degrees) + rng.normal(0.0, 0.05, len(t))
    rows[:, :2] = np.round(angle / 0.05).astype("<i2").view(np.uint8).reshape(-1, 2)


def _brake(states: DriveStates, t: Array, rows: NDArray[np.uint8], rng: np.random.Generator) -> None:
    # engine drag does the first 0.8 m/s2; about 13 bar per m/s2 after that
    deceleration = np.maximum(-_at(states, t, states.ax_ego_mps2) - 0.8, 0.0)
    bar = deceleration * 13.0 + np.abs(rng.normal(0.0, 0.1, len(t)))
    rows[:, :2] = np.clip(np.round(bar / 0.1), 0, 65535).astype("<u2").view(np.uint8).reshape(-1, 2)
    rows[:, 2] = deceleration > 0.05


def _body(states: DriveStates, t: Array, rows: NDArray[np.uint8], rng: np.random.Generator) -> None:
    setting = states.setting
    rain = np.maximum(setting.rain_mmph * (1.0 + 0.1 * rng.standard_normal(len(t))), 0.0) * (setting.rain_mmph > 0)
    light = setting.illuminance_lx * (1.0 + 0.03 * rng.standard_normal(len(t)))
    rows[:, 0] = int(np.searchsorted([0.1, 2.5, 7.6], setting.rain_mmph, side="right"))
    rows[:, 1] = np.clip(np.round(rain / 0.5), 0, 255)
    raw_light = np.clip(np.round(light / 0.01), 0, 2**24 - 1).astype("<u4").view(np.uint8).reshape(-1, 4)
    rows[:, 2:5] = raw_light[:, :3]
    lateral = _at(states, t + 0.6, states.ego.vd)  # drivers signal before they move
    lateral = np.where(t + 0.6 > states.t_s[-1], 0.0, lateral)
    rows[:, 5] = np.where(lateral > 0.35, 1, np.where(lateral < -0.35, 2, 0))


def _navigation(states: DriveStates, t: Array, rows: NDArray[np.uint8], rng: np.random.Generator) -> None:
    rows[:, 0] = 1 if states.setting.road_kind == "highway" else 2
    setting, s = states.setting, _at(states, t, states.ego.s)
    rows[:, 1] = setting.limit_kph
    if setting.zone is not None:
        rows[(s >= setting.zone.s_from_m) & (s < setting.zone.s_to_m), 1] = setting.zone.limit_kph


def _adas_status(states: DriveStates, t: Array, rows: NDArray[np.uint8], rng: np.random.Generator) -> None:
    signals = assist_signals(states, relate(states))
    at = np.minimum((t * RATE_HZ).astype(np.int64), len(states.t_s) - 1)
    for byte, codes in enumerate(
        (signals.aeb_active, signals.fcw_level, signals.mode, signals.takeover_request, signals.mrm_active,
         signals.odd_ok)
    ):  # fmt: skip
        rows[:, byte] = codes[at]
