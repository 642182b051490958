"""The act in which a lead leaves the ego lane and reveals a slow vehicle, in good time or at the last moment."""

import numpy as np

from fleet.ego_acts import LATER_S, PATIENCE_S, SOON_S
from fleet.manoeuvres import Approach, Move
from fleet.world import Actor, World, is_settled

BEHIND_S = 9.5  # how long something slow takes from the edge of the world to behind a lead that is there
SLOWING_MPS2 = 3.9


def free_lanes(world: World, s_from: float, s_to: float) -> list[int]:
    """Lanes beside the ego's that nobody uses between two road positions."""
    lane = world.road.lane_of(world.ego.d)
    beside = [i for i in (lane - 1, lane + 1) if 0 <= i < world.road.num_lanes]
    return [i for i in beside if not world.occupants(world.road.centre_d_m(i), s_from, s_to)]


class CutOutAct:
    """The lead leaves the lane and reveals a slow vehicle; the ego brakes, or swerves past it (is_swerve).

    late_ttc_s: the lead itself sees it late and swerves when its own TTC is that small; None: it leaves calmly.
    """

    def __init__(
        self, start_s: float, slower_mps: float, headway_s: float,
        is_swerve: bool = False, late_ttc_s: float | None = None,
    ):  # fmt: skip
        self.start_s, self.decide_s = start_s, 0.0
        self.slower_mps, self.headway_s = slower_mps, headway_s
        self.is_swerve, self.late_ttc_s = is_swerve, late_ttc_s
        self.lead: Actor | None = None
        self.slow: Actor | None = None
        self.has_left = False
        self.out_s = 0.0

    def step(self, world: World) -> bool:
        if world.t < self.start_s:
            return False
        if self.lead is None or self.slow is None:
            return not self._enter(world) and world.t > self.start_s + PATIENCE_S
        if self.lead not in world.actors or self.slow not in world.actors:
            world.ego.trusts = None
            return True
        if self.has_left:
            return self._react(world, self.slow)
        if self.late_ttc_s is not None:
            return self._run_up(world, self.lead, self.slow)
        return world.t >= self.decide_s and self._leave(world, self.lead, self.slow)

    def _enter(self, world: World) -> bool:
        ego, rng = world.ego, world.rng
        if not world.flows():
            return False
        lane_d = world.road.centre_d_m(world.road.lane_of(ego.d))
        ahead = world.ahead_in_lane(lane_d)
        is_there = bool(ahead) and ahead[0].s - ego.s < 75.0
        span = SOON_S if world.t == 0.0 else BEHIND_S if is_there else LATER_S
        self.decide_s = world.t + span
        r1 = ego.front_m + ego.v * float(rng.uniform(0.9, 1.4)) + 4.0
        far = ego.front_m + ego.v * self.headway_s + 3.0
        far = max(far, r1 + 5.0 + 2.0 * self.slower_mps)
        if self.late_ttc_s is not None:
            far = r1 + 6.0 + (self.late_ttc_s + 1.0) * self.slower_mps
        if any(not is_settled(world, a) for a in ahead[:2]):
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
        self.lead, self.slow, ego.trusts = lead, slow, lead
        lead.trusts = slow
        return True

    def _run_up(self, world: World, lead: Actor, slow: Actor) -> bool:
        """The lead keeps its speed towards the slow vehicle and swerves at the last moment, if there is room."""
        gap = slow.s - slow.rear_m - lead.s - lead.front_m
        closing = lead.v - slow.v
        ttc = gap / closing if closing > 1.0 else 99.0
        if self.late_ttc_s is None or world.t > self.decide_s + 4.0:
            world.ego.trusts = lead.trusts = lead.command = lead.approach = slow.approach = None
            return True
        if ttc < self.late_ttc_s + 2.0 and lead.command is None:
            lead.approach = None
            lead.command = lambda t: 0.0
        if ttc > self.late_ttc_s:
            return False
        lead.command = None
        return self._leave(world, lead, slow)

    def _leave(self, world: World, lead: Actor, slow: Actor) -> bool:
        """The lead changes to a free lane; it waits for one a while, and the act fails without."""
        is_late = self.late_ttc_s is not None
        lane_d = world.road.centre_d_m(world.road.lane_of(world.ego.d))
        room = 9.0 if is_late else 14.0
        free = free_lanes(world, lead.s - room, lead.s + room)
        if not free and not is_late and world.t < self.decide_s + 4.0:
            return False
        lead.approach = slow.approach = None
        if not free or abs(lead.d - lane_d) > 0.5:
            world.ego.trusts = lead.trusts = None
            slow.desired_mps, slow.a_max = world.ego.desired_mps + 2.0, 2.0
            return True
        self.has_left, self.out_s = True, world.t + 2.4
        slow.desired_mps, slow.a_max = max(slow.v, 2.0), 0.6
        pick = int(world.rng.choice(np.array(free)))
        duration = float(world.rng.uniform(1.8, 2.3) if is_late else world.rng.uniform(3.2, 4.0))
        lead.plan.moves.append(Move(world.t, duration, world.road.centre_d_m(pick) - lane_d))
        lead.desired_mps, lead.time_gap_s = world.ego.desired_mps + 3.0, 0.5
        if is_late:  # once it steers, it no longer looks at what it passes
            until = world.t + 0.7 * duration
            lead.command = lambda t: 0.0 if t < until else None
        if self.is_swerve:
            world.ego.inattentive_until_s = world.t + 6.0
        return False

    def _react(self, world: World, slow: Actor) -> bool:
        ego = world.ego
        gap = slow.s - slow.rear_m - ego.s - ego.front_m
        closing = ego.v - slow.v
        ttc = gap / closing if closing > 0.1 else 99.0
        if world.t > self.out_s and self.lead is not None:
            ego.trusts = self.lead.trusts = None
        if not self.is_swerve or world.t > self.out_s + 7.0:
            if world.t > self.out_s + 2.0:
                slow.desired_mps, slow.a_max = ego.desired_mps + 4.0, 2.2
                return True
            return False
        if ttc > 2.2:
            return False
        swerve(world, ttc)
        self.is_swerve = False
        return False


def swerve(world: World, ttc: float) -> None:
    """The ego looks up and goes into a free lane in about two seconds, or brakes where there is none."""
    ego, road = world.ego, world.road
    ego.inattentive_until_s = world.t
    free = free_lanes(world, ego.s - 10.0, ego.s + 12.0)
    if free and ttc > 1.2:
        across = road.centre_d_m(int(world.rng.choice(np.array(free)))) - road.centre_d_m(road.lane_of(ego.d))
        ego.plan.moves.append(Move(world.t, float(world.rng.uniform(1.9, 2.3)), across))


def pass_it(world: World, blocker: Actor) -> None:
    """Leads of the ego change lane in time before something that stands in theirs, where there is room."""
    road = world.road
    for lead in world.ahead_in_lane(road.centre_d_m(road.lane_of(blocker.d))):
        distance = blocker.s - blocker.rear_m - lead.s - lead.front_m
        if lead is blocker or not 0.0 < distance < 5.0 * lead.v + 8.0 or not is_settled(world, lead):
            continue
        free = free_lanes(world, lead.s - 9.0, lead.s + 9.0)
        if free and abs(lead.plan.target_d(world.t) - blocker.d) < 1.0:
            across = road.centre_d_m(free[0]) - road.centre_d_m(road.lane_of(blocker.d))
            lead.plan.moves.append(Move(world.t, 3.2, across))


class EvadeAct:
    """The lead slows down, or something slow is in the lane, and the ego sees it too late: it swerves past, or brakes.

    slower: share of the ego's speed that is left, 0 for a lane that is blocked; ttc_s: when the ego looks up.
    """

    def __init__(self, start_s: float, slower: float, ttc_s: float):
        self.start_s, self.slower, self.ttc_s = start_s, slower, ttc_s
        self.slow: Actor | None = None
        self.over_s = 0.0

    def step(self, world: World) -> bool:
        ego, slow = world.ego, self.slow
        if world.t < self.start_s:
            return False
        if slow is None:
            return not self._enter(world) and world.t > self.start_s + PATIENCE_S
        if slow.is_fixed:
            pass_it(world, slow)
        closing, gap = ego.v - slow.v, slow.s - slow.rear_m - ego.s - ego.front_m
        is_over = slow not in world.actors or gap <= 0.0 or abs(ego.d - slow.d) > 2.0 or world.t > self.over_s
        ttc = gap / closing if closing > 1.0 else 99.0
        if not is_over and ttc > self.ttc_s:
            if ttc < self.ttc_s + 2.5:
                ego.inattentive_until_s = world.t + 0.1
            return False
        ego.trusts = None
        if not is_over:
            swerve(world, ttc)
        if is_over and abs(ego.d - slow.d) < 2.0:
            slow.is_fixed = False  # what blocked the lane drives on, or nobody would ever move again
        if not slow.is_fixed:
            has_passed = abs(ego.plan.target_d(world.t) - slow.d) > 1.5
            slow.command, slow.busy_until_s = None, world.t + 4.0
            slow.desired_mps, slow.a_max = (slow.v, 1.0) if has_passed else (ego.desired_mps + 4.0, 2.2)
        return True

    def _enter(self, world: World) -> bool:
        ego, rng = world.ego, world.rng
        lane_d = world.road.centre_d_m(world.road.lane_of(ego.d))
        ahead = world.ahead_in_lane(lane_d)
        if not world.flows():
            return False
        v = self.slower * world.ego_calm_v
        near = [a for a in ahead if a.s - ego.s < world.range_m + 30.0]
        if self.slower == 0.0 and any(a.s - ego.s > 0.6 * world.range_m for a in near):
            return False
        if near and self.slower > 0.0:
            lead = near[0]
            gap = lead.s - lead.rear_m - ego.s - ego.front_m
            if not is_settled(world, lead) or not 1.1 * ego.v < gap < 3.0 * ego.v:
                return False
            lead.command = lambda t: -SLOWING_MPS2 if lead.v > v else 0.0
            self.slow, self.over_s = lead, world.t + 9.0
        else:
            kind = "truck" if v < 1.0 or rng.random() < 0.4 else "car"
            self.slow = world.spawn(kind, ego.s + world.range_m + 12.0, lane_d, v, v, 0.0)
            self.slow.is_fixed = v < 1.0
            self.over_s = world.t + 20.0
        self.slow.busy_until_s, ego.trusts = self.over_s, self.slow
        return True
