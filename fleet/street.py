"""What fills an urban street besides traffic: parked vehicles, people on the pavement, oncoming cars."""

from fleet.world import World

PARKING_D_M = -1.25
CROSSWALK_SHARE = 0.08  # nobody need be at it
# people keep to the right of each other
PAVEMENT_D_M = {1: -5.4, -1: -4.4}


def furnish(world: World) -> None:
    """Let new street life appear at the far edge of the world, at rates per time and never on top of each other."""
    rng, ego = world.rng, world.ego
    if world.tick == 0:
        for ahead in range(10, int(world.range_m), 12):
            _furnish_at(world, ego.s + ahead + float(rng.uniform(0.0, 4.0)), 0.35)
    elif rng.random() < 0.03:
        _furnish_at(world, ego.s + world.range_m + 9.0, 0.6)
    d = world.road.carriageway_m - world.road.lane_width_m / 2
    s = ego.s + world.range_m + 9.0
    if rng.random() < 0.006 and not [a for a in world.actors if a.direction == -1 and abs(a.s - s) < 25.0]:
        oncoming = world.spawn("car", s, d, float(rng.uniform(10.0, 13.0)), 12.0)
        oncoming.direction = -1


def _furnish_at(world: World, s: float, chance: float) -> None:
    rng = world.rng
    near = [a for a in world.actors if abs(a.s - s) < 8.0 and a.d < 0.0]
    is_kept_free = any(low - 8.0 < s < high + 8.0 for low, high in world.crosswalks)
    if near or is_kept_free or rng.random() > chance:
        return
    if rng.random() < CROSSWALK_SHARE and not any(abs(s - low) < 60.0 for low, _ in world.crosswalks):
        world.crosswalks.append((s - 2.0, s + 2.0))
        return
    if rng.random() < 0.7:
        parked = world.spawn("van" if rng.random() < 0.2 else "car", s, PARKING_D_M, 0.0, 0.0)
        parked.is_fixed = True
        return
    direction = 1 if rng.random() < 0.5 else -1
    walker = world.spawn("pedestrian", s, PAVEMENT_D_M[direction], 1.3, 1.3)
    walker.direction = direction
