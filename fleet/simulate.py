"""A drive without noise: the plan played out in the world, then every state evaluated at RATE_HZ as numpy arrays."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fleet.manoeuvres import LateralPlan
from fleet.plan import make_plan
from fleet.roads import Road, make_road
from fleet.setting import Setting
from fleet.street import furnish
from fleet.world import TICK_S, Actor, World

Array = NDArray[np.float64]

RATE_HZ = 100
MAX_ATTEMPTS = 200
CLEARANCE_M = 0.25


class NoSafePlanError(RuntimeError):
    """Every attempt at this drive ended in a contact; the generator must never write one."""


@dataclass(frozen=True)
class Track:
    """One road user over its life. Arrays are (n,) at RATE_HZ from sample first on; s, d of the reference point."""

    number: int
    kind: str
    length_m: float
    width_m: float
    height_m: float
    front_m: float
    rear_m: float
    first: int
    s: Array
    d: Array
    vs: Array
    vd: Array
    a_s: Array
    x_map_m: Array
    y_map_m: Array
    yaw_map_rad: Array
    speed_mps: Array
    direction: int = 1

    @property
    def last(self) -> int:
        """Sample after the last one."""
        return self.first + len(self.s)

    def at(self, sample: int) -> int | None:
        """Index into the arrays for a sample of the drive; None outside the life of the track."""
        return sample - self.first if self.first <= sample < self.last else None


@dataclass(frozen=True)
class DriveStates:
    """Everything true about a drive; t_s is (n,) seconds since its start. Ego arrays are in the ego frame."""

    setting: Setting
    road: Road
    t_s: Array
    ego: Track
    ax_ego_mps2: Array
    ay_ego_mps2: Array
    yaw_rate_radps: Array
    actors: list[Track]
    crosswalks: tuple[tuple[float, float], ...] = ()  # (from, to) in s, right across the road

    def limit_mps(self, s: float) -> float:
        """Speed limit at a road position [m]."""
        zone = self.setting.zone
        is_inside = zone is not None and zone.s_from_m <= s < zone.s_to_m
        return (zone.limit_kph if zone is not None and is_inside else self.setting.limit_kph) / 3.6


def simulate(setting: Setting, road_rng: np.random.Generator, seeds: np.random.Generator) -> DriveStates:
    """Play the drive; a plan that ends in a contact is thrown away and drawn again (the attempts are seeded too)."""
    road = make_road(setting.road_kind, setting.seconds * (setting.cruise_mps + 8.0) + 300.0, road_rng)
    for _ in range(MAX_ATTEMPTS):
        rng = np.random.default_rng(seeds.integers(0, 2**63))
        world = _play(setting, road, rng)
        if world is not None:
            return _evaluate(setting, road, world)
    raise NoSafePlanError(f"{setting.drive_id}: no plan without a contact in {MAX_ATTEMPTS} attempts")


def _play(setting: Setting, road: Road, rng: np.random.Generator) -> World | None:
    vehicle = setting.vehicle
    lane = int(rng.choice([0, 1, 1])) if vehicle.kind == "truck" else int(rng.integers(0, road.num_lanes))
    if setting.road_kind == "urban":
        lane = 0 if rng.random() < 0.75 else 1
    plan = LateralPlan(
        road.centre_d_m(lane), float(rng.uniform(0.03, 0.14)), float(rng.uniform(120, 260)), float(rng.uniform(0, 6.28))
    )
    ego = Actor(
        0, vehicle.kind, vehicle.length_m, vehicle.width_m, vehicle.height_m,
        vehicle.rear_axle_to_front_bumper_m, vehicle.rear_axle_to_rear_bumper_m,
        0.0, setting.cruise_mps, plan, setting.cruise_mps,
        time_gap_s=float(rng.uniform(1.1, 1.7)), a_max=vehicle.acceleration_mps2,
        b_comfort=float(rng.uniform(1.4, 1.9)), braking_limit=vehicle.braking_limit_mps2,
    )  # fmt: skip
    ego.d = plan.d(0.0, 0.0)
    world = World(road, ego, setting.range_m, rng)
    acts = make_plan(setting, rng)
    for tick in range(round(setting.seconds / TICK_S) + 1):
        if setting.road_kind == "urban":
            furnish(world)
        acts = [act for act in acts if not act.step(world)]
        world.step()
        if tick % 2 == 0 and _touches(world):
            return None
    for actor in list(world.actors):
        world.retire(actor)
    ego.trace.append((ego.s, ego.v, ego.a))
    return world


def _touches(world: World) -> bool:
    """True where two bodies overlap or nearly do, in road coordinates."""
    everyone = sorted((world.ego, *world.actors), key=lambda a: a.s)
    for i, one in enumerate(everyone):
        for other in everyone[i + 1 :]:
            if other.s - one.s > 16.0:
                break
            along = other.s - other.rear_m - one.s - one.front_m
            across = abs(one.d - other.d) - (one.width_m + other.width_m) / 2
            if along < CLEARANCE_M and across < CLEARANCE_M:
                return True
    return False


def _evaluate(setting: Setting, road: Road, world: World) -> DriveStates:
    num = round(setting.seconds * RATE_HZ)
    t = np.arange(num) / RATE_HZ
    ego = _track(world.ego, road, num)
    yaw_rate = np.gradient(np.unwrap(ego.yaw_map_rad)) * RATE_HZ
    ax = np.gradient(ego.speed_mps) * RATE_HZ
    actors = [_track(a, road, num) for a in sorted(world.retired, key=lambda a: a.number)]
    actors = [a for a in actors if len(a.s) >= RATE_HZ // 2]
    return DriveStates(setting, road, t, ego, ax, ego.speed_mps * yaw_rate, yaw_rate, actors, tuple(world.crosswalks))


def _track(actor: Actor, road: Road, num: int) -> Track:
    """Evaluate s, v and a between the ticks (a linear, so v quadratic and s cubic) and d from its closed form."""
    per_tick = round(TICK_S * RATE_HZ)
    s_k, v_k, a_k = np.array(actor.trace).T
    first = actor.first_tick * per_tick
    n = max(min((len(s_k) - 1) * per_tick, num - first), 0)
    k, tau = np.arange(n) // per_tick, (np.arange(n) % per_tick) / RATE_HZ
    slope = (a_k[k + 1] - a_k[k]) / TICK_S
    vs = np.maximum(v_k[k] + a_k[k] * tau + slope * tau**2 / 2, 0.0)
    s = s_k[k] + actor.direction * (v_k[k] * tau + a_k[k] * tau**2 / 2 + slope * tau**3 / 6)
    vs_signed = actor.direction * vs
    d, vd = actor.plan.arrays((first + np.arange(n)) / RATE_HZ, s, vs_signed)
    x, y, heading, curvature = road.to_map(s, d)
    along = vs_signed * (1.0 - curvature * d)
    if actor.kind == "pedestrian":
        yaw = heading + np.sign(actor.plan.target_d(np.inf) - actor.plan.base_d_m) * np.pi / 2
    else:
        facing = np.where(np.abs(along) > 0.3, along, 0.3 * actor.direction)
        yaw = heading + np.arctan2(vd, facing)
    return Track(
        actor.number, actor.kind, actor.length_m, actor.width_m, actor.height_m, actor.front_m, actor.rear_m,
        first, s, d, vs_signed, vd, actor.direction * (a_k[k] + slope * tau), x, y,
        yaw, np.hypot(along, vd), actor.direction,
    )  # fmt: skip
