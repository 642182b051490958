"""Acts of people on foot: out from behind a van, across the road, at a crosswalk, or only up to the kerb."""

from fleet.manoeuvres import Move
from fleet.world import Actor, World

WALK_MPS = 1.4
PARKED_D_M, BEHIND_D_M, KERB_D_M, BEYOND_M = -1.25, -3.4, -2.6, 1.6
CROSSWALK_M = 4.0
PATIENCE_S = 7.0


class PedestrianAct:
    """Somebody walks towards the road ahead of the ego, so that the ego and they would meet in its lane.

    kind: emerging (from behind a parked van; the ego must be in lane 0), open (seen all along), crosswalk (the same
    on a crosswalk), kerb (stops before the road). margin_s: by how much they are in the ego's lane before it arrives.
    """

    def __init__(self, start_s: float, kind: str, margin_s: float, is_from_left: bool = False):
        self.start_s, self.kind, self.margin_s = start_s, kind, margin_s
        self.is_from_left = is_from_left and kind in ("open", "crosswalk")
        self.walker: Actor | None = None

    def step(self, world: World) -> bool:
        ego = world.ego
        if world.t < self.start_s:
            return False
        if self.walker is None:
            self._enter(world)
            return self.walker is None and world.t > self.start_s + PATIENCE_S
        edge = world.road.centre_d_m(world.road.lane_of(ego.d)) - world.road.lane_width_m / 2
        if self.is_from_left:
            edge += world.road.lane_width_m
        distance = self.walker.s - ego.s - ego.front_m
        to_lane_s = abs(edge - self.walker.d) / WALK_MPS
        if distance / max(ego.v, 1.0) > to_lane_s + self.margin_s:
            return False
        self._walk(world, self.walker)
        return True

    def _enter(self, world: World) -> None:
        ego, road = world.ego, world.road
        s = ego.s + world.range_m + 24.0  # beyond where the street is furnished
        is_taken = any(abs(a.s - s) < 11.0 and (a.d < 0.0 or a.kind == "pedestrian") for a in world.actors)
        is_marked = any(low - 12.0 < s < high + 12.0 for low, high in world.crosswalks)
        if is_taken or is_marked or ego.v < 6.0 or (self.kind == "emerging" and road.lane_of(ego.d) != 0):
            return
        d = road.carriageway_m + BEYOND_M if self.is_from_left else BEHIND_D_M
        if self.kind == "emerging":
            van = world.spawn("van", s, PARKED_D_M, 0.0, 0.0)
            van.is_fixed = True
            s += van.front_m + 0.9
        if self.kind == "crosswalk":
            world.crosswalks.append((s - CROSSWALK_M / 2, s + CROSSWALK_M / 2))
        self.walker = world.spawn("pedestrian", s, d, 0.0, 0.0)
        self.walker.is_fixed = True

    def _walk(self, world: World, walker: Actor) -> None:
        goal = BEHIND_D_M if self.is_from_left else world.road.carriageway_m + BEYOND_M
        if self.kind == "kerb":
            goal = KERB_D_M
        across = goal - walker.d
        walker.plan.moves.append(Move(world.t, abs(across) / WALK_MPS, across, is_walk=True))
