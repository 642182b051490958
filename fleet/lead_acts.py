"""Acts in which the ego and its lead stay in their lane: tailgating, a lead that swerves, a lane that is blocked."""

from fleet.ego_acts import PATIENCE_S, SOON_S
from fleet.manoeuvres import Approach, Move
from fleet.world import Actor, World, is_settled


class TailgateAct:
    """The ego closes up to a lead and holds a headway for a while: below 1 s it tailgates, above it follows."""

    def __init__(self, start_s: float, headway_s: float, hold_s: float):
        self.start_s, self.headway_s, self.hold_s = start_s, headway_s, hold_s
        self.lead: Actor | None = None
        self.until_s = 0.0

    def step(self, world: World) -> bool:
        ego = world.ego
        if world.t < self.start_s:
            return False
        if self.lead is None:
            return not self._enter(world) and world.t > self.start_s + PATIENCE_S
        lead = self.lead
        if lead in world.actors and world.t < self.until_s and ego.v > 15.0:
            if lead.approach is not None and world.t >= lead.approach.end_s:
                r = lead.approach.r1_m
                lead.approach = Approach(world.t, world.t + 3.0, r, 0.0, r, 0.0)
            return False
        ego.trusts = lead.approach = None
        lead.desired_mps, lead.a_max = ego.desired_mps + 4.0, 1.8
        return True

    def _enter(self, world: World) -> bool:
        ego, rng = world.ego, world.rng
        if not world.flows() or ego.v < 17.0:
            return False
        lane_d = world.road.centre_d_m(world.road.lane_of(ego.d))
        lead = next(iter(world.ahead_in_lane(lane_d)), None)
        span = SOON_S
        if lead is None:
            r0 = world.range_m + 8.0
            lead = world.spawn("car", ego.s + r0, lane_d, max(ego.v - 9.0, 5.0), ego.v, float(rng.uniform(0.03, 0.12)))
            span = 11.0
        elif not is_settled(world, lead):
            return False
        r1 = ego.front_m + lead.rear_m + self.headway_s * world.ego_calm_v
        lead.approach = Approach(world.t, world.t + span, lead.s - ego.s, lead.v - ego.v, r1, 0.0)
        self.lead, self.until_s = lead, world.t + span + self.hold_s
        ego.trusts = lead
        return True


class SwerveLeadAct:
    """The lead swerves within its lane and comes back: a distracted driver, or something on the road."""

    def __init__(self, start_s: float, offset_m: float, out_s: float):
        self.start_s, self.offset_m, self.out_s = start_s, offset_m, out_s

    def step(self, world: World) -> bool:
        if world.t < self.start_s:
            return False
        lane_d = world.road.centre_d_m(world.road.lane_of(world.ego.d))
        lead = next(iter(world.ahead_in_lane(lane_d)), None)
        if lead is None or not is_settled(world, lead) or lead.s - world.ego.s > 60.0 or abs(lead.d - lane_d) > 0.4:
            return world.t > self.start_s + 8.0
        lead.plan.moves.append(Move(world.t, self.out_s, self.offset_m))
        lead.plan.moves.append(Move(world.t + self.out_s, self.out_s, -self.offset_m))
        return True
