"""Acts of the ego itself and of a lead that brakes: hard brakes, lane changes, a minimal risk manoeuvre."""

import numpy as np

from fleet.manoeuvres import Approach, Move
from fleet.world import Actor, World, is_settled

PATIENCE_S = 9.0  # how long an act waits for its moment
SOON_S, LATER_S = 6.5, 13.0  # how long a lead takes to its place: one that is there, one from the edge of the world


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
    """A vehicle ahead in the ego lane: it is caught up with, then brakes (brake) or drives on (follow).

    headway_s is meant for the moment it brakes; delay_s is how long the ego does not see that.
    """

    def __init__(self, outcome: str, start_s: float, deceleration_mps2: float, delay_s: float, headway_s: float):
        self.outcome, self.start_s, self.decide_s = outcome, start_s, 0.0
        self.deceleration_mps2, self.delay_s, self.headway_s = deceleration_mps2, delay_s, headway_s
        self.lead: Actor | None = None

    def step(self, world: World) -> bool:
        if world.t < self.start_s:
            return False
        if self.lead is None:
            return not self._enter(world) and world.t > self.start_s + PATIENCE_S
        is_late = world.t > self.decide_s + 4.0
        if self.lead in world.actors and not is_late and (world.t < self.decide_s or not world.flows()):
            return False
        world.ego.trusts = None
        if self.lead in world.actors:
            self._decide(world, self.lead)
        return True

    def _enter(self, world: World) -> bool:
        ego, rng = world.ego, world.rng
        if not world.flows():
            return False
        lane_d = world.road.centre_d_m(world.road.lane_of(ego.d))
        r1 = ego.front_m + ego.v * self.headway_s + 4.0
        lead = next(iter(world.ahead_in_lane(lane_d)), None)
        is_there = lead is not None and lead.s - ego.s < 75.0
        self.decide_s = world.t + (SOON_S if is_there or world.t == 0.0 else LATER_S)
        if lead is None:
            r0 = world.range_m + 8.0 if world.t > 0.0 else r1 + float(rng.uniform(5.0, 30.0))
            kind = "truck" if rng.random() < 0.2 else "car"
            v = max(ego.v + 1.3 * (r1 - r0) / (self.decide_s - world.t), 2.0)
            lead = world.spawn(kind, ego.s + r0, lane_d, v, world.ego_calm_v, float(rng.uniform(0.03, 0.15)))
        elif not is_settled(world, lead):
            return False
        lead.approach = Approach(world.t, self.decide_s - 1.0, lead.s - ego.s, lead.v - ego.v, r1, 0.0)
        self.lead = ego.trusts = lead
        return True

    def _decide(self, world: World, lead: Actor) -> None:
        lead.approach = None
        cruise = world.ego.desired_mps
        lead.desired_mps = cruise + 3.0
        lead.a_max = 2.4
        if self.outcome != "brake":
            return
        start, end = world.t, world.t + min(float(world.rng.uniform(0.9, 1.7)), 0.5 * lead.v / self.deceleration_mps2)
        lead.command = lambda t: -self.deceleration_mps2 if start <= t < end else None
        world.ego.inattentive_until_s = start + self.delay_s


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


class MinimalRiskAct:
    """Nobody answered the takeover request: the vehicle slows down to a stop in its lane."""

    def __init__(self, start_s: float, deceleration_mps2: float):
        self.start_s, self.deceleration_mps2 = start_s, deceleration_mps2

    def step(self, world: World) -> bool:
        if world.t < self.start_s:
            return False
        world.ego.command = lambda t: -self.deceleration_mps2
        return True
