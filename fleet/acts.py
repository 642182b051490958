"""Acts: short stories between the ego and a neighbour in the next lane. Each steps with the world until it is over."""

from typing import Protocol

import numpy as np

from fleet.manoeuvres import Approach, Move
from fleet.vehicles import draw_kind
from fleet.world import TICK_S, Actor, World, make_way

PATIENCE_S = 9.0  # how long a planned cut-in waits for room to begin


class Act(Protocol):
    """Something that happens: step is called every tick until it returns True."""

    def step(self, world: World) -> bool:
        """Do what is due now; True when the act needs no more steps."""


class PairAct:
    """A neighbour closes on a slower vehicle of its own lane, then cuts in, changes away from the ego, or brakes.

    All outcomes share their history up to the decision, so that only the odds, not the past, tell them apart early.
    outcome: cut_in, stay, change_away. forced_ttc_s: the neighbour sees its slow leader late and swerves into the ego
    lane when its own TTC is that small. gap_m and closing_mps are meant for the moment the neighbour is 0.3 m over.
    """

    def __init__(self, outcome: str, decide_s: float, lead_s: float, gap_m: float, closing_mps: float, **how: object):
        self.outcome, self.decide_s, self.start_s = outcome, decide_s, max(0.0, decide_s - lead_s)
        self.gap_m, self.closing_mps = gap_m, closing_mps
        self.change_s = float(how.get("change_s", 4.0))  # type: ignore[arg-type]
        self.notices_m = float(how.get("notices_m", 0.0))  # type: ignore[arg-type]
        self.late_s = float(how.get("late_s", -9.0))  # type: ignore[arg-type]  # after the crossing, the ego looks up
        self.drift_m = float(how.get("drift_m", 0.0))  # type: ignore[arg-type]
        self.forced_ttc_s = float(how.get("forced_ttc_s", 0.0))  # type: ignore[arg-type]
        self.neighbour: Actor | None = None
        self.slow: Actor | None = None
        self.side = 0
        self.has_drifted = False

    def step(self, world: World) -> bool:
        if world.t < self.start_s - 1e-9:
            return False
        if self.neighbour is None:
            if self._enter(world):
                return False
            # a cut-in waits for room and happens later, the others are only filling
            self.decide_s += TICK_S
            return self.outcome != "cut_in" or world.t > self.start_s + PATIENCE_S
        if self.neighbour not in world.actors:
            return True
        if self.outcome == "cut_in" and world.t > self.decide_s - 9.0:
            lane_d = world.road.centre_d_m(world.road.lane_of(world.ego.d))
            make_way(world, [a for a in world.ahead_in_lane(lane_d)[:2] if a is not self.neighbour])
        if self.drift_m and not self.has_drifted and world.t >= self.decide_s - 4.0:
            self.has_drifted = True
            towards = -self.side * self.drift_m
            self.neighbour.plan.moves.append(Move(world.t, 2.6, towards))
            if self.outcome != "cut_in":
                self.neighbour.plan.moves.append(Move(world.t + 4.0, 2.6, -towards))
        return self._is_due(world, self.neighbour) and self._decide(world, self.neighbour)

    def _is_due(self, world: World, one: Actor) -> bool:
        """The planned moment; a cut-in goes earlier when its gap has come early, and waits a while for a hole."""
        if self.outcome != "cut_in":
            return world.t >= self.decide_s
        lane_d = world.road.centre_d_m(world.road.lane_of(world.ego.d))
        gap = one.s - one.rear_m - world.ego.s - world.ego.front_m
        if self.forced_ttc_s and self.slow is not None:
            return self._is_forced(world, one, self.slow)
        is_near = 0.0 < gap - (world.ego.v - one.v) * 0.42 * self.change_s <= self.gap_m
        if world.t < self.decide_s - 3.0 or (world.t < self.decide_s and not is_near):
            return False
        return world.t > self.decide_s + 4.0 or self._is_possible(world, one, gap, lane_d)

    def _is_forced(self, world: World, one: Actor, slow: Actor) -> bool:
        """Straight on towards the slow leader without looking, up to the last moment."""
        closing = one.v - slow.v
        ttc = (slow.s - slow.rear_m - one.s - one.front_m) / closing if closing > 1.0 else 99.0
        if ttc < self.forced_ttc_s + 2.0 and one.command is None:
            one.approach, one.command = None, lambda t: 0.0
        if ttc > self.forced_ttc_s and world.t < self.decide_s + 6.0:
            return False
        until = world.t + 0.7 * self.change_s
        one.command = lambda t: 0.0 if t < until else None
        return True

    def _enter(self, world: World) -> bool:
        """Place neighbour and slow vehicle on a side where there is room; False when there is none."""
        if not world.flows():
            return False
        lane = world.road.lane_of(world.ego.d)
        sides = [side for side in (1, -1) if 0 <= lane + side < world.road.num_lanes]
        if self.outcome == "change_away":
            sides = [side for side in sides if 0 <= lane + 2 * side < world.road.num_lanes]
        if len(sides) > 1 and world.rng.random() < 0.5:
            sides.reverse()
        lead_time = self.decide_s - world.t
        for side in sides:
            for is_ahead in (True, False) if self.closing_mps > 3.0 or world.rng.random() < 0.5 else (False, True):
                if self._place(world, side, lane + side, is_ahead, lead_time):
                    return True
        return False

    def _place(self, world: World, side: int, lane: int, is_ahead: bool, lead_time: float) -> bool:
        ego, rng, d = world.ego, world.rng, world.road.centre_d_m(lane)
        kind = draw_kind(world.road.kind, lane, rng)
        at_decision = self.gap_m + self.closing_mps * 0.42 * self.change_s
        r1 = ego.front_m + at_decision + (6.0 if kind in ("truck", "bus") else 2.3)
        edge = world.range_m + float(rng.uniform(4.0, 12.0))
        r0 = edge if is_ahead else -edge
        if world.t == 0.0:  # the drive starts in the middle of the story: anywhere it could have come to by now
            r0 = r1 + max(self.closing_mps, 1.5) * lead_time * 0.7 if is_ahead else r1 - 2.5 * lead_time
        if (world.t == 0.0 and abs(r0) < 14.0) or not self._has_room(world, d, r0, r1, edge, is_ahead):
            return False
        rate0 = 1.3 * (r1 - r0) / lead_time
        v0 = min(max(ego.v + rate0, 2.0), ego.v + 14.0)
        one = world.spawn(kind, ego.s + r0, d, v0, world.ego_calm_v - self.closing_mps, float(rng.uniform(0.03, 0.16)))
        one.approach = Approach(world.t, self.decide_s, r0, v0 - ego.v, r1, -self.closing_mps)
        self.neighbour, self.side = one, side
        self.slow = self._place_slow(world, one, d, r0, r1, edge)
        return True

    def _place_slow(self, world: World, one: Actor, lane_d: float, r0: float, r1: float, edge: float) -> Actor:
        """The slower vehicle that the neighbour will have closed on when it decides."""
        ego, rng = world.ego, world.rng
        lead_time = self.decide_s - world.t
        difference = float(rng.uniform(1.0, 4.5))
        kind = "truck" if rng.random() < 0.35 and world.road.kind == "highway" else "car"
        two = world.spawn(kind, ego.s + r0, lane_d, ego.v, ego.v, 0.1)
        hole = 9.0 + float(rng.uniform(0.4, 1.0)) * (8.0 + 2.5 * difference)
        if self.outcome == "stay":  # who does not mean to change lane keeps a longer distance
            hole += float(rng.uniform(0.0, 18.0))
        if self.forced_ttc_s:
            difference = float(rng.uniform(0.25, 0.36)) * ego.v
            hole = difference * self.forced_ttc_s
            one.trusts = two
        goal = r1 + one.front_m + two.rear_m + hole
        closing = self.closing_mps + difference
        start = max(edge + 22.0 + one.length_m, r0 + 40.0) if world.t > 0.0 else goal + closing * lead_time * 0.8
        two.s = ego.s + start
        two.v = max(ego.v + 1.2 * (goal - start) / lead_time, 1.0)
        two.d = two.plan.d(world.t, two.s)
        two.desired_mps = max(world.ego_calm_v - closing, 0.45 * ego.desired_mps)
        two.approach = Approach(world.t, self.decide_s + 2.0, start, two.v - ego.v, goal, -closing)
        return two

    def _has_room(self, world: World, lane_d: float, r0: float, r1: float, edge: float, is_ahead: bool) -> bool:
        """Room to appear; who comes from behind also needs a lane without slower vehicles up to its goal."""
        s = world.ego.s
        if world.occupants(lane_d, s + r0 - 28.0, s + r0 + 28.0):
            return False
        if world.t > 0.0 and world.occupants(lane_d, s + edge + 5.0, s + edge + 60.0):
            return False
        if world.t == 0.0:
            return not world.occupants(lane_d, s + min(r0, r1) - 20.0, s + edge)
        return is_ahead or not world.occupants(lane_d, s + r0 - 20.0, s + r1 + 12.0)

    def _decide(self, world: World, one: Actor) -> bool:
        ego, rng, road = world.ego, world.rng, world.road
        one.approach = one.trusts = None
        if self.slow is not None and self.slow in world.actors:
            self.slow.approach = None
            self.slow.desired_mps = max(min(self.slow.v, ego.v - 2.0), 0.45 * ego.desired_mps)
        gap = one.s - one.rear_m - ego.s - ego.front_m
        lane_d = road.centre_d_m(road.lane_of(ego.d))
        if self.outcome == "cut_in" and self._is_possible(world, one, gap, lane_d):
            done = sum(move.delta_m for move in one.plan.moves)
            one.plan.moves.append(Move(world.t, self.change_s, lane_d - one.plan.base_d_m - done))
            one.desired_mps = max(world.ego_calm_v + float(rng.uniform(0.5, 5.0)), one.v)
            # it is leaving: what it left behind no longer makes it brake; a slow one takes its time to speed up
            one.a_max, one.time_gap_s = (0.5 if self.closing_mps > 3.0 else 1.8), 0.4
            ego.notices_m = self.notices_m
            ego.inattentive_until_s = world.t + 0.42 * self.change_s + self.late_s
        elif self.outcome == "change_away":
            away = lane_d + 2 * self.side * road.lane_width_m
            if not world.occupants(away, one.s - 30.0, one.s + 25.0):
                one.plan.moves.append(Move(world.t, self.change_s, self.side * road.lane_width_m))
                one.desired_mps = one.v + 2.0
        else:
            one.desired_mps, one.command = max(one.v, 4.0), None
        return True

    def _is_possible(self, world: World, one: Actor, gap: float, lane_d: float) -> bool:
        """A driver only goes where there is a hole, and the simulation never plants a certain crash."""
        ego = world.ego
        closing = ego.v - one.v
        at_crossing = gap - closing * 0.42 * self.change_s
        needed = 1.6 + max(closing, 0.0) * (0.12 + max(self.late_s, 0.0)) + max(closing, 0.0) ** 2 / 17.0
        ahead = [a for a in world.occupants(lane_d, ego.s + ego.front_m, one.s + one.front_m + 6.0) if a is not one]
        turned = abs(ego.plan.target_d(world.t) - lane_d) > 0.5
        return at_crossing > needed and gap < 75.0 and not ahead and not turned and ego.v > 4.0


class PassAct:
    """A lone vehicle overtakes the ego, or is overtaken, in the next lane but does nothing else."""

    def __init__(self, start_s: float, rate_mps: float):
        self.start_s, self.rate_mps = start_s, rate_mps

    def step(self, world: World) -> bool:
        if world.t < self.start_s:
            return False
        lane = world.road.lane_of(world.ego.d)
        lanes = [i for i in range(world.road.num_lanes) if i != lane]
        pick = int(world.rng.choice(np.array(lanes)))
        r0 = -world.range_m - 8.0 if self.rate_mps > 0 else world.range_m + 8.0
        d = world.road.centre_d_m(pick)
        if not world.occupants(d, world.ego.s + r0 - 25.0, world.ego.s + r0 + 25.0):
            kind = draw_kind(world.road.kind, pick, world.rng)
            v = max(world.ego_calm_v + self.rate_mps, 4.0)
            world.spawn(kind, world.ego.s + r0, d, v, v, float(world.rng.uniform(0.03, 0.2)))
        return True


class OpeningAct:
    """Vehicles that happen to be around when the recording starts: none of them has a part in a story."""

    def step(self, world: World) -> bool:
        """Put one vehicle into about half of the free lanes; all drift away from the ego."""
        rng, ego = world.rng, world.ego
        own = world.road.lane_of(ego.d)
        for lane in range(world.road.num_lanes):
            d = world.road.centre_d_m(lane)
            is_ahead = lane == own or bool(rng.random() < 0.6)
            at = float(rng.uniform(40.0, 85.0)) * (1.0 if is_ahead else -1.0)
            rate = float(rng.uniform(1.5, 5.0)) * (1.0 if is_ahead else -1.0)
            if rng.random() < 0.55 and not world.occupants(d, ego.s - 110.0, ego.s + 130.0):
                kind = draw_kind(world.road.kind, lane, rng)
                world.spawn(kind, ego.s + at, d, ego.v + rate, ego.v + rate, float(rng.uniform(0.03, 0.15)))
        return True
