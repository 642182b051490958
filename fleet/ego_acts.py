"""Acts in the ego's own lane and by the ego itself: leads, hard brakes, lane changes, pedestrians."""

import numpy as np

from fleet.manoeuvres import Approach, Move
from fleet.world import Actor, World


def _is_settled(world: World, actor: Actor) -> bool:
    """A vehicle that no other act is steering."""
    is_moving = any(m.start_s <= world.t < m.start_s + m.duration_s for m in actor.plan.moves)
    return actor.approach is None and actor.command is None and not is_moving and not actor.is_fixed


class EgoBrakeAct:
    """The ego brakes for a reason that no list shows: an animal, a queue out of sight, a moment of doubt."""

    def __init__(self, start_s: float, deceleration_mps2: float, duration_s: float):
        self.start_s, self.deceleration_mps2, self.duration_s = start_s, deceleration_mps2, duration_s

    def step(self, world: World) -> bool:
        if world.t < self.start_s:
            return False
        end = self.start_s + self.duration_s
        world.ego.command = lambda t: -self.deceleration_mps2 if t < end else None
        return True


class LeadAct:
    """A vehicle ahead in the ego lane: it is caught up with, then brakes hard (brake) or drives on (follow)."""

    def __init__(self, outcome: str, decide_s: float, lead_s: float, deceleration_mps2: float, delay_s: float):
        self.outcome, self.decide_s, self.start_s = outcome, decide_s, max(0.0, decide_s - lead_s)
        self.deceleration_mps2, self.delay_s = deceleration_mps2, delay_s
        self.lead: Actor | None = None

    def step(self, world: World) -> bool:
        if world.t < self.start_s:
            return False
        if self.lead is None:
            return not self._enter(world)
        if self.lead not in world.actors:
            return True
        if world.t < self.decide_s:
            return False
        self._decide(world, self.lead)
        return True

    def _enter(self, world: World) -> bool:
        ego, rng = world.ego, world.rng
        if not world.flows():
            return False
        lane_d = world.road.centre_d_m(world.road.lane_of(ego.d))
        r1 = ego.front_m + ego.v * float(rng.uniform(1.1, 2.0)) + 4.0
        lead = next(iter(world.ahead_in_lane(lane_d)), None)
        if lead is None:
            r0 = world.range_m + 8.0 if world.t > 0.0 else r1 + float(rng.uniform(5.0, 30.0))
            kind = "truck" if rng.random() < 0.2 else "car"
            v = max(ego.v + 1.3 * (r1 - r0) / (self.decide_s - world.t), 2.0)
            lead = world.spawn(kind, ego.s + r0, lane_d, v, world.ego_calm_v, float(rng.uniform(0.03, 0.15)))
        elif not _is_settled(world, lead):
            return False
        lead.approach = Approach(world.t, self.decide_s - 1.0, lead.s - ego.s, lead.v - ego.v, r1, 0.0)
        self.lead = lead
        return True

    def _decide(self, world: World, lead: Actor) -> None:
        lead.approach = None
        cruise = world.ego.desired_mps
        lead.desired_mps = cruise + 3.0
        lead.a_max = 1.8
        if self.outcome != "brake":
            return
        start, end = world.t, world.t + min(float(world.rng.uniform(1.2, 2.4)), 0.6 * lead.v / self.deceleration_mps2)
        lead.command = lambda t: -self.deceleration_mps2 if start <= t < end else None
        world.ego.inattentive_until_s = start + self.delay_s


class CutOutAct:
    """The lead leaves the lane and reveals a slow vehicle; the ego brakes, or swerves past it (is_swerve)."""

    def __init__(self, decide_s: float, lead_s: float, slower_mps: float, headway_s: float, is_swerve: bool):
        self.decide_s, self.start_s = decide_s, max(0.0, decide_s - lead_s)
        self.slower_mps, self.headway_s, self.is_swerve = slower_mps, headway_s, is_swerve
        self.lead: Actor | None = None
        self.slow: Actor | None = None
        self.has_left = False

    def step(self, world: World) -> bool:
        if world.t < self.start_s:
            return False
        if self.lead is None or self.slow is None:
            return not self._enter(world)
        if self.lead not in world.actors or self.slow not in world.actors:
            return True
        if world.t < self.decide_s:
            return False
        if not self.has_left:
            return self._leave(world, self.lead, self.slow)
        return self._react(world, self.slow)

    def _enter(self, world: World) -> bool:
        ego, rng = world.ego, world.rng
        if not world.flows():
            return False
        lane_d = world.road.centre_d_m(world.road.lane_of(ego.d))
        span = self.decide_s - world.t
        r1 = ego.front_m + ego.v * float(rng.uniform(0.9, 1.4)) + 4.0
        far = ego.front_m + ego.v * self.headway_s + 3.0
        far = max(far, r1 + 5.0 + 2.0 * self.slower_mps)
        ahead = world.ahead_in_lane(lane_d)
        if any(not _is_settled(world, a) for a in ahead[:2]):
            return False
        if not ahead:
            r0 = world.range_m + 8.0 if world.t > 0.0 else r1 + float(rng.uniform(2.0, 20.0))
            v1 = max(ego.v + 1.3 * (r1 - r0) / span, 2.0)
            ahead = [world.spawn("car", ego.s + r0, lane_d, v1, ego.v, 0.06)]
        lead = ahead[0]
        if len(ahead) == 1:
            r2 = max(world.range_m + 15.0, lead.s - ego.s + 50.0)
            r2 = r2 if world.t > 0.0 else max(far + self.slower_mps * span * 0.8, lead.s - ego.s + 20.0)
            v2 = max(ego.v + 1.2 * (far - r2) / span, 1.0)
            ahead.append(world.spawn("truck" if rng.random() < 0.4 else "car", ego.s + r2, lane_d, v2, ego.v, 0.05))
        slow = ahead[1]
        lead.approach = Approach(world.t, self.decide_s, lead.s - ego.s, lead.v - ego.v, r1, 0.0)
        slow.approach = Approach(world.t, self.decide_s, slow.s - ego.s, slow.v - ego.v, far, -self.slower_mps)
        self.lead, self.slow = lead, slow
        return True

    def _leave(self, world: World, lead: Actor, slow: Actor) -> bool:
        """The lead changes to a free lane; it waits for one a while, and the act fails without."""
        lane = world.road.lane_of(world.ego.d)
        lane_d = world.road.centre_d_m(lane)
        free = self._free_lanes(world, lane, lead.s - 14.0, lead.s + 15.0)
        if not free and world.t < self.decide_s + 4.0:
            return False
        lead.approach = slow.approach = None
        if not free or abs(lead.d - lane_d) > 0.5:
            slow.desired_mps, slow.a_max = world.ego.desired_mps + 2.0, 2.0
            return True
        self.has_left = True
        slow.desired_mps, slow.a_max = max(slow.v, 2.0), 0.6
        pick = int(world.rng.choice(np.array(free)))
        lead.plan.moves.append(Move(world.t, float(world.rng.uniform(2.4, 3.4)), world.road.centre_d_m(pick) - lane_d))
        lead.desired_mps, lead.time_gap_s = world.ego.desired_mps + 3.0, 0.5
        if self.is_swerve:
            world.ego.inattentive_until_s = world.t + 6.0
        return False

    @staticmethod
    def _free_lanes(world: World, lane: int, s_from: float, s_to: float) -> list[int]:
        beside = [i for i in (lane - 1, lane + 1) if 0 <= i < world.road.num_lanes]
        return [i for i in beside if not world.occupants(world.road.centre_d_m(i), s_from, s_to)]

    def _react(self, world: World, slow: Actor) -> bool:
        ego = world.ego
        gap = slow.s - slow.rear_m - ego.s - ego.front_m
        closing = ego.v - slow.v
        ttc = gap / closing if closing > 0.1 else 99.0
        if not self.is_swerve or world.t > self.decide_s + 9.0:
            if world.t > self.decide_s + 5.0:
                slow.desired_mps, slow.a_max = ego.desired_mps + 2.0, 1.6
                return True
            return False
        if ttc > 2.2:
            return False
        ego.inattentive_until_s = world.t
        lane = world.road.lane_of(ego.d)
        free = self._free_lanes(world, lane, ego.s - 16.0, ego.s + 16.0)
        if free and ttc > 1.2:
            pick = int(world.rng.choice(np.array(free)))
            across = world.road.centre_d_m(pick) - world.road.centre_d_m(lane)
            ego.plan.moves.append(Move(world.t, float(world.rng.uniform(1.9, 2.3)), across))
        self.is_swerve = False
        return False


class EgoLaneChangeAct:
    """The ego changes lane: whoever drives there becomes its lead without having moved sideways at all."""

    def __init__(self, start_s: float, duration_s: float):
        self.start_s, self.duration_s = start_s, duration_s
        self.indicator: tuple[float, float, int] | None = None

    def step(self, world: World) -> bool:
        if world.t < self.start_s:
            return False
        ego, road = world.ego, world.road
        lane = road.lane_of(ego.d)
        options = [i for i in (lane - 1, lane + 1) if 0 <= i < road.num_lanes]
        free = [i for i in options if not world.occupants(road.centre_d_m(i), ego.s - 28.0, ego.s + 24.0)]
        if free and ego.v > 6.0:
            pick = int(world.rng.choice(np.array(free)))
            ego.plan.moves.append(Move(world.t, self.duration_s, road.centre_d_m(pick) - road.centre_d_m(lane)))
        return True


class PedestrianAct:
    """A pedestrian steps out in front of a parked van, seen only when clear of it; the ego must be in lane 0."""

    def __init__(self, start_s: float, ttc_visible_s: float):
        self.start_s, self.ttc_visible_s = start_s, ttc_visible_s
        self.van: Actor | None = None
        self.walker: Actor | None = None

    def step(self, world: World) -> bool:
        ego = world.ego
        if world.t < self.start_s:
            return False
        if self.van is None or self.walker is None:
            if world.road.lane_of(ego.d) != 0 or ego.v < 7.0:
                return True
            s = ego.s + world.range_m + 10.0
            if any(abs(a.s - s) < 12.0 and a.d < 0.0 for a in world.actors):
                return False
            self.van = world.spawn("van", s, -1.25, 0.0, 0.0)
            self.walker = world.spawn("pedestrian", s + self.van.front_m + 0.9, -3.4, 0.0, 0.0)
            self.van.is_fixed = self.walker.is_fixed = True
            return False
        to_visible_s = 2.0  # 1.4 m/s from d = -3.4 to the corner of the van
        distance = self.walker.s - ego.s - ego.front_m
        if distance / max(ego.v, 1.0) > to_visible_s + self.ttc_visible_s:
            return False
        self.walker.plan.moves.append(Move(world.t, 11.5, 16.1, is_walk=True))
        return True
