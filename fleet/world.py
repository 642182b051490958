"""The world while it is simulated: actors on a road, car following between them, and the clock of the simulation.

Longitudinal motion is integrated at TICK_S with acceleration linear between ticks, so that states can be evaluated
exactly at any finer rate afterwards; lateral motion is closed form (manoeuvres.LateralPlan).
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from fleet.manoeuvres import Approach, LateralPlan, follow
from fleet.roads import Road
from fleet.vehicles import draw_body

TICK_S = 0.05
JERK_LIMIT_MPS3 = 14.0
STARTLE_TTC_S = 1.7
TRUST_S, TRUST_TTC_S = 0.45, 3.5
# nobody brakes between these two for long: a foot either slows down or means it
EGO_REGIMES_MPS2, OTHER_REGIMES_MPS2, FIRM_S = (2.5, 3.8), (4.2, 6.2), 0.6


@dataclass
class Actor:
    """A road user; s and d are those of its reference point (ego: rear axle, all others: centre of the box)."""

    number: int
    kind: str
    length_m: float
    width_m: float
    height_m: float
    front_m: float
    rear_m: float
    s: float
    v: float
    plan: LateralPlan
    desired_mps: float
    time_gap_s: float = 1.4
    a_max: float = 1.5
    b_comfort: float = 2.0
    braking_limit: float = 8.0
    direction: int = 1
    a: float = 0.0
    d: float = 0.0
    approach: Approach | None = None
    command: Callable[[float], float | None] | None = None
    inattentive_until_s: float = -1.0
    trusts: "Actor | None" = None  # expected to drive on: followed at half a second without a thought
    notices_m: float = 0.0  # how far over the mark another vehicle must be before this driver reacts
    is_fixed: bool = False
    firm_until_s: float = -1.0
    busy_until_s: float = 0.0  # an act counts on its present speed
    first_tick: int = 0
    trace: list[tuple[float, float, float]] = field(default_factory=list)


class World:
    """Active actors, retired actors with their traces, and the random numbers of the drive."""

    def __init__(self, road: Road, ego: Actor, range_m: float, rng: np.random.Generator) -> None:
        self.road = road
        self.ego = ego
        self.range_m = range_m
        self.rng = rng
        self.tick = 0
        self.actors: list[Actor] = []
        self.retired: list[Actor] = []
        self.crosswalks: list[tuple[float, float]] = []  # (from, to) in s
        self.ego_calm_v = ego.v  # slow average of the ego speed: what others plan with
        self._next_number = 1

    @property
    def t(self) -> float:
        """Seconds since the start of the drive."""
        return self.tick * TICK_S

    def spawn(self, kind: str, s: float, lane_d: float, v: float, desired: float, wander_m: float = 0.0) -> Actor:
        """A new actor at box centre s in its lane; nothing checks that the place is free."""
        length, width, height = draw_body(kind, self.rng)
        plan = LateralPlan(
            lane_d, wander_m, float(self.rng.uniform(90.0, 260.0)), float(self.rng.uniform(0.0, 2.0 * np.pi))
        )
        actor = Actor(
            self._next_number, kind, length, width, height, length / 2, length / 2, s, v, plan, desired,
            time_gap_s=float(self.rng.uniform(0.9, 1.6)), first_tick=self.tick,
        )  # fmt: skip
        if kind in ("truck", "bus"):
            actor.a_max, actor.braking_limit = 0.8, 6.5
        actor.d = plan.d(self.t, s)
        self._next_number += 1
        self.actors.append(actor)
        return actor

    def occupants(self, lane_d: float, s_from: float, s_to: float) -> list[Actor]:
        """Active actors that reach into or head for a lane between two road positions."""
        half = self.road.lane_width_m / 2
        return [
            a
            for a in self.actors
            if s_from <= a.s + a.front_m and a.s - a.rear_m <= s_to
            and (abs(a.d - lane_d) < half + a.width_m / 2 - 0.15 or abs(a.plan.target_d(self.t) - lane_d) < half)
        ]  # fmt: skip

    def lead_of(self, me: Actor) -> Actor | None:
        """Nearest actor that this driver takes for a lead; whoever walks towards the lane counts from the kerb."""
        best, best_gap = None, 1e9
        half = self.road.lane_width_m / 2
        centre = self.road.centre_d_m(self.road.lane_of(me.d)) if me.direction == 1 else me.plan.base_d_m
        target = me.plan.target_d(self.t)
        for other in (*self.actors, self.ego):
            is_walking = other.kind == "pedestrian" and -0.7 < other.d < centre + half
            if other is me or (other.s - me.s) * me.direction <= 0.0:
                continue
            if other.direction != me.direction and not is_walking:
                continue
            reach = other.width_m / 2
            offset = abs(other.d - me.d)
            is_ahead = offset < reach + me.width_m / 2 + 0.15
            is_in_lane = abs(other.d - centre) - reach < half - me.notices_m
            is_in_target = abs(target - centre) > half and abs(other.d - target) - reach < half
            gap = abs(other.s - me.s) - other.rear_m - me.front_m
            if (is_ahead or is_in_lane or is_in_target or is_walking) and gap < best_gap:
                best, best_gap = other, gap
        return best

    def ahead_in_lane(self, lane_d: float) -> list[Actor]:
        """Vehicles ahead of the ego that reach into or head for a lane, nearest first."""
        ahead = self.occupants(lane_d, self.ego.s + self.ego.front_m, self.ego.s + self.range_m + 120.0)
        return sorted(ahead, key=lambda a: a.s)

    def step(self) -> None:
        """Advance every actor by one tick and retire those out of range."""
        everyone = (self.ego, *self.actors)
        wanted = [self._command(actor) for actor in everyone]
        for actor, command in zip(everyone, wanted, strict=True):
            actor.trace.append((actor.s, actor.v, actor.a))
            _advance(actor, command)
        self._restore_flow()
        self.tick += 1
        self.ego_calm_v += (self.ego.v - self.ego_calm_v) * TICK_S / 1.5
        for actor in everyone:
            actor.d = actor.plan.d(self.t, actor.s)
        for actor in [a for a in self.actors if not -self.range_m - 25 < a.s - self.ego.s < self.range_m + 110]:
            self.retire(actor)

    def _restore_flow(self) -> None:
        """Whoever has no part to play speeds up to what the road allows, so that no jam stays in front of the ego."""
        goal = self.ego.desired_mps + 3.0
        for actor in self.actors:
            if actor.is_fixed or actor.direction != 1 or actor.kind == "pedestrian" or self.t < actor.busy_until_s:
                continue
            if actor.s > self.ego.s + 8.0 and actor.desired_mps < goal:
                actor.desired_mps += 1.8 * TICK_S
                actor.a_max = max(actor.a_max, 1.4)

    def flows(self) -> bool:
        """True while the ego is near its own speed: the time for something to happen."""
        return self.ego_calm_v > 0.45 * self.ego.desired_mps

    def retire(self, actor: Actor) -> None:
        """Take an actor out of the simulation; its trace stays."""
        actor.trace.append((actor.s, actor.v, actor.a))
        self.actors.remove(actor)
        self.retired.append(actor)

    def _command(self, me: Actor) -> float:
        if me.is_fixed:
            return 0.0
        if self.t < me.inattentive_until_s:
            return me.a * 0.8
        lead = self.lead_of(me)
        gap = None if lead is None else abs(lead.s - me.s) - lead.rear_m - me.front_m
        v_lead, a_lead = (0.0, 0.0) if lead is None else (lead.v, lead.a)
        if gap is not None and lead is me.trusts and gap > max(TRUST_S * me.v, TRUST_TTC_S * (me.v - v_lead)):
            gap = None
        a = follow(me.v, me.desired_mps, me.time_gap_s, me.a_max, me.b_comfort, gap, v_lead, a_lead)
        if me is self.ego and gap is not None and 0.0 < gap < STARTLE_TTC_S * (me.v - v_lead):
            # a startled driver brakes harder than needed
            a = min(a, -3.0 - 0.75 * (me.v - v_lead) ** 2 / max(gap, 1.0))
        if me.approach is not None:
            me.busy_until_s = max(me.busy_until_s, min(self.t, me.approach.end_s) + 7.0)
            if self.t > me.approach.end_s + 4.0:
                me.approach = None  # its act is over
        if me.approach is not None:
            r, rate, second = me.approach.at(self.t)
            towards = second + 1.0 * (self.ego_calm_v + rate - me.v) + 0.3 * (self.ego.s + r - me.s)
            safe = follow(me.v, 60.0, 0.3, 2.5, 3.0, gap, v_lead, a_lead)
            a = min(max(towards, -3.0), 2.8, safe)
        planned = None if me.command is None else me.command(self.t)
        if planned is None:
            me.command = None  # it is over
        else:
            a = min(a, planned) if planned < 0.0 else planned
        return max(self._two_regimes(me, a), -me.braking_limit)

    def _two_regimes(self, me: Actor, a: float) -> float:
        """Drivers brake gently or firmly: a foot that went down for good stays there for a moment."""
        gentle, firm = EGO_REGIMES_MPS2 if me is self.ego else OTHER_REGIMES_MPS2
        if a <= -firm + 0.3:
            me.firm_until_s = self.t + FIRM_S
        if self.t < me.firm_until_s and me.v > 4.0:
            return min(a, -firm)
        return max(a, -gentle)


def is_settled(world: World, actor: Actor) -> bool:
    """A vehicle that no other act is steering."""
    is_moving = any(m.start_s <= world.t < m.start_s + m.duration_s for m in actor.plan.moves)
    return actor.approach is None and actor.command is None and not is_moving and not actor.is_fixed


def make_way(world: World, leads: list[Actor]) -> None:
    """Near leads of the ego that no act needs hurry away."""
    for lead in leads:
        if lead.s - world.ego.s < 80.0 and is_settled(world, lead) and world.t >= lead.busy_until_s:
            lead.desired_mps, lead.a_max = max(lead.desired_mps, world.ego.desired_mps + 7.0), 2.5


def _advance(actor: Actor, command: float) -> None:
    if actor.is_fixed:
        return
    change = min(max(command - actor.a, -JERK_LIMIT_MPS3 * TICK_S), JERK_LIMIT_MPS3 * TICK_S)
    # a stop is approached, not run through: no vehicle reverses
    a_next = max(actor.a + change, -actor.v / 0.35)
    step = TICK_S * (actor.v + actor.a * TICK_S / 2 + (a_next - actor.a) * TICK_S / 6)
    actor.s += actor.direction * max(step, 0.0)
    actor.v = max(actor.v + (actor.a + a_next) / 2 * TICK_S, 0.0)
    actor.a = a_next
