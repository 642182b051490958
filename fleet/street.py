"""What fills an urban street besides traffic: parked vehicles, people on the pavement, oncoming cars."""

from fleet.manoeuvres import LateralPlan
from fleet.world import World

PARKING_D_M = -1.25
PAVEMENT_D_M = -4.2


def furnish(world: World) -> None:
    """Let new street life appear at the far edge of the world, at rates per time and never on top of each other."""
    rng, ego = world.rng, world.ego
    if world.tick == 0:
        for ahead in range(10, int(world.range_m), 12):
            _furnish_at(world, ego.s + ahead + float(rng.uniform(0.0, 4.0)), 0.35)
    elif rng.random() < 0.03:
        _furnish_at(world, ego.s + world.range_m + 9.0, 0.6)
    if rng.random() < 0.006:
        oncoming = world.spawn("car", ego.s + world.range_m + 9.0, 0.0, float(rng.uniform(9.0, 14.0)), 12.0)
        d = world.road.lane_width_m * world.road.num_lanes + 0.6 + world.road.lane_width_m / 2
        oncoming.plan = LateralPlan(d)
        oncoming.d = d
        oncoming.direction = -1


def _furnish_at(world: World, s: float, chance: float) -> None:
    rng = world.rng
    near = [a for a in world.actors if abs(a.s - s) < 8.0 and a.d < 0.0]
    if near or rng.random() > chance:
        return
    if rng.random() < 0.7:
        parked = world.spawn("van" if rng.random() < 0.2 else "car", s, PARKING_D_M, 0.0, 0.0)
        parked.is_fixed = True
        return
    walker = world.spawn("pedestrian", s, PAVEMENT_D_M - float(rng.uniform(0.0, 1.2)), 1.3, 1.3)
    walker.direction = 1 if rng.random() < 0.5 else -1
    walker.plan.wander_m = 0.0
